"""Hosts as people write them: an IPv6 address stands between brackets in a URL, and without them everywhere else."""

from __future__ import annotations


def bare(host: str) -> str:
    """Return a host without the brackets of a URL: `[::1]` is `::1`."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") and ":" in host else host


def in_url(host: str) -> str:
    """Return a host as a URL has it: `::1` is `[::1]`."""
    return f"[{host}]" if ":" in host else host
