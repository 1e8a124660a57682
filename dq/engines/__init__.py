"""Engines run plans. Each is one file behind the `Engine` protocol; none is imported until it is used."""
