"""Coverage: a run is begun again under coverage.py, and what all of its processes measured is put together."""
