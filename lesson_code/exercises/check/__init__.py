"""The check of an answer: in a process of its own, compared with what the solution does."""
