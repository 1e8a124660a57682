"""The closed vocabulary of SQL that dq speaks, and its rendering per dialect."""
