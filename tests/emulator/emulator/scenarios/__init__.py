"""What the source holds on its first day, and how it changes from day to day."""
