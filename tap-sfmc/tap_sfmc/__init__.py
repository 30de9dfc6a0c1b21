"""Singer tap for Salesforce Marketing Cloud data extensions."""
