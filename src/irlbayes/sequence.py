"""The evidence as it grew: an outcome answered again after each study."""
