"""Layouts on a local or mounted file system."""
