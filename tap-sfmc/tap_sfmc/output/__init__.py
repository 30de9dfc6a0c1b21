"""From typed columns to Singer messages and files."""
