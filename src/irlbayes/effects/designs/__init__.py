"""The next study by the report kind of its paper: one file each, with the names of `core.planned.Plannable`."""
