"""SOAP ``Service.asmx``: Retrieve, Describe, Perform, Create, Update, Delete, GetSystemStatus."""
