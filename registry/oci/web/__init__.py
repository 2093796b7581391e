"""The web page: browse and search what the registry holds."""
