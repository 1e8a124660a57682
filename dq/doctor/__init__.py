"""Can I roll back here? What a table's storage, catalog and permissions allow, tried without harm."""
