"""One page with all sections of all notebooks, and a search: static, for use without a network."""
