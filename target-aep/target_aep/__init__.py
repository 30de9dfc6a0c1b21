"""Singer target for Adobe Experience Platform."""
