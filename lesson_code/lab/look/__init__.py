"""A look at any Redis: which jobs of RQ and ARQ it has, and why they wait. It changes nothing."""
