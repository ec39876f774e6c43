"""The measured claims, runnable: `python -m benchmarks` prints the tables, ratios first."""
