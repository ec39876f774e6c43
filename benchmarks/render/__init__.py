"""How long an issue of 1,500 words takes, from the file to HTML, text and findings; emailmd beside it."""
