"""Ten questions that everybody has about a chain of jobs, put to each engine by running it."""
