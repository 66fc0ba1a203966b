"""One file of tests for each fault type."""
