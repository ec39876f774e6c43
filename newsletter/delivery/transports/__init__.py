"""How messages leave. Each module is one way out and knows nothing of the others; entry points name them."""
