"""ARQ's way: a module for each section of the lesson."""
