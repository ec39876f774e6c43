"""The browser side: the author's preview, the subscriber's pages, the provider's calls."""
