"""Commands, one file each with a function of its own name: thin doors on the modules that compose."""
