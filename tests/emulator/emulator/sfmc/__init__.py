"""A local Salesforce Marketing Cloud: tokens, SOAP, the REST rowset and data extension metadata."""
