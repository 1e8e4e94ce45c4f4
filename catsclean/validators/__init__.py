"""One file a validator, and how validators are found and run."""
