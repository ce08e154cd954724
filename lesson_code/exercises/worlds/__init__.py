"""The little worlds of the exercises: plain functions that leave a trace when they are called."""
