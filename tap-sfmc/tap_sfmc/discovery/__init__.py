"""From what a tenant has to the streams of a catalog."""
