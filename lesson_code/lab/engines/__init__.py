"""RQ and ARQ from inside: the only rooms that touch a private name of theirs."""
