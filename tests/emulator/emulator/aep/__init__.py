"""A strict local Adobe Experience Platform: its services, and a lake that can be queried."""
