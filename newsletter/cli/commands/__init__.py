"""One module per command; each holds `command`, which the tree imports when it is asked for."""
