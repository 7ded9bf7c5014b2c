"""A daily research-paper digest: sources, catalog, ranking, rendering, delivery."""

__version__ = "0.1.0"
