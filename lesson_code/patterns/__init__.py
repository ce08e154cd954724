"""Patterns that need no queue: a workflow as data, an effect once, checkpoints."""
