"""One module per way of doing the work; each is run as a process of its own, so that all of it is counted."""
