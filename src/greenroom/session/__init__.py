"""One run: from the collected tests to the exit code."""
