"""The commands of `python -m lesson_code.lab`, a module each."""
