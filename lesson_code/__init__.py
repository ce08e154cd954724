"""The code of the lesson: what the notebooks show is what they run."""
