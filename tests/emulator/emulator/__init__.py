"""A strict local Salesforce Marketing Cloud and Adobe Experience Platform."""
