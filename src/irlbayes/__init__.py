"""Published results on iron rim lesions in multiple sclerosis, as probabilities."""

__version__ = "0.1.0"
