"""How fast dq is, beside SQL written by hand and beside only reading the data."""
