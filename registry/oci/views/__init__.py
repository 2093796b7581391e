"""The endpoints of the API, one module per kind of content."""
