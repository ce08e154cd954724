"""The internals of RQ and ARQ: the only rooms that touch their private names."""
