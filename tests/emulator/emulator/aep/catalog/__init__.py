"""Catalog Service: datasets and batches."""
