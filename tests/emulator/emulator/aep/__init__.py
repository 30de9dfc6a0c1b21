"""A strict local Adobe Experience Platform: IMS, Schema Registry, Catalog, batch ingestion and a queryable lake."""
