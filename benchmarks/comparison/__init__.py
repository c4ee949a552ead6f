"""What this package is compared with, on which tasks, and how the table of it is made and kept."""
