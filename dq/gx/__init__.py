"""Great Expectations' side of things: results in its shape, pages by its renderers. Loaded lazily."""
