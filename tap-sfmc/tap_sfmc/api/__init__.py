"""Marketing Cloud's interfaces: tokens, REST rowsets, SOAP. They know nothing of streams."""
