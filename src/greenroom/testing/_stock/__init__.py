"""A folder put on `PYTHONPATH` of runs under stock Django; see `recorded_stock`."""
