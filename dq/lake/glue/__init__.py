"""Tables of the Glue Data Catalog: how they are read, and how readers' sight of them is changed."""
