"""The author's pages, on 127.0.0.1 only."""
