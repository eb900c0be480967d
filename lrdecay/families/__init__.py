"""The schedule families, one idea a file."""
