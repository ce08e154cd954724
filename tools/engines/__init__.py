"""What becomes of a chain when something goes wrong, in ten engines: found by running them."""
