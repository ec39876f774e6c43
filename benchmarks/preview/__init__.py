"""From a save to what is seen in the browser: an issue of 3,000 words, in real Chromium; MkDocs and Hugo beside it."""
