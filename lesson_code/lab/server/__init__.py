"""A Redis for the lesson: embedded in this process, or borrowed by its URL."""
