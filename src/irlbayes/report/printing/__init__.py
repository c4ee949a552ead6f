"""Printers of a page: one file per format. They know blocks and a format, and nothing of answers."""
