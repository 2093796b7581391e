"""What changes the registry's content, apart from HTTP."""
