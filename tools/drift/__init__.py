"""What a new release changes, told in a sentence a fact: `python -m tools.drift`."""
