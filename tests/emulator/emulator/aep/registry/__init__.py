"""Schema Registry: field groups, classes, data types, schemas, descriptors and unions."""
