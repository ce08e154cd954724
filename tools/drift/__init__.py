"""The changes of a new release, a sentence for each fact: `python -m tools.drift`."""
