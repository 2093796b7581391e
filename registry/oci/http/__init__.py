"""What HTTP asks of a registry and Django does not have: bodies that stream, ranges, paging."""
