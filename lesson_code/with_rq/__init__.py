"""RQ's way: a module for each question, to be copied with its neighbours and `patterns`."""
