"""Datasets on S3: what lies there, how it is read, and how readers' sight of it is changed."""
