"""make mutants: does the suite notice when the code changes? __main__.py has the words."""
