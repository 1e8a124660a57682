"""The documentation, and the few scripts that write its generated pages; see `docs.generate`."""
