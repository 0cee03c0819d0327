"""gxjax: which genetic variants a neural network relies on, and how far to trust it."""

__version__ = "0.1.0"
