"""Batch ingestion: batches are created, filled with files, and promoted into the lake."""
