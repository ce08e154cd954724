"""A world's tasks, written against a queue: what the notebooks put on stage."""
