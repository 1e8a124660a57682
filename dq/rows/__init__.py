"""The rows themselves: which of them break a suite, and data split into good and bad."""
