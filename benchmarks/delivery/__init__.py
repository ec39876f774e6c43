"""How fast mails are made and handed over, peers side by side; every count is checked at the other end."""
