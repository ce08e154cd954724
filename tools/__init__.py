"""Tools for maintainers only."""
