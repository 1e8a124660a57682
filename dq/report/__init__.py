"""Results, histories and rollbacks for people to read."""
