"""The subscriber's pages: plain forms, no script, no cookie, no outside request."""
