"""The page to work in: a server on this machine alone, and the page that it serves."""
