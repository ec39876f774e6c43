"""The checks: what is wrong with an issue, at which line, and what to do about it."""
