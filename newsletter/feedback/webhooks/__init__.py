"""One module per provider: verify the call, parse it into events."""
