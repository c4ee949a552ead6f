"""Chapters of the report: one file each, exporting ``PLACE``, ``READER`` and ``write(told) -> Section | None``.

``PLACE`` orders them on the page. A chapter words what was found and computes nothing.
"""
