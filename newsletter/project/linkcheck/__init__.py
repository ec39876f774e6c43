"""Addresses come in, what they answer goes out: the one place of the project that visits other people's sites.

It visits only on demand, never a private address, never a link that does something, and never reads a page.
"""

from newsletter.project.linkcheck.checking import check_links

__all__ = ["check_links"]
