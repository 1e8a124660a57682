"""Iceberg tables: reading them, and changing one partition by a commit that keeps everybody else's."""
