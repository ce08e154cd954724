"""The little worlds of the lesson: plain functions on plain data, with no queue in sight."""
