"""`--retries`: tests that failed are tried again, in the process in which they failed."""
