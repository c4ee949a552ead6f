"""What does a task: one file per tool, each exporting `NAME`, `absent`, `versions` and `prepare`."""
