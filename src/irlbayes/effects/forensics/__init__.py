"""One file per check of the input: what looks wrong, with its reason; nothing is mended."""
