"""make mutants: does the suite notice a change of the code? See __main__.py."""
