"""YAML 1.2 and JSON as plain values, each with its position in the file."""
