"""Exercises: the loop that checks and explains, and the exercises themselves, as data."""

from lesson_code.exercises.learner import (
    check,
    hint,
    predict,
    progress,
    reason,
    reset,
    solution,
)

__all__ = ["check", "hint", "predict", "progress", "reason", "reset", "solution"]
