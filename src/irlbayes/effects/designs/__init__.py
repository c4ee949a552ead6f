"""The next study by the report kind in which it will be published: one file each, with the names of `core.planned.Plannable`."""
