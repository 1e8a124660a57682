"""Data-quality tests for data lakes."""
