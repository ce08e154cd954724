"""What becomes of a chain when something goes wrong, in twelve engines: found by running them."""
