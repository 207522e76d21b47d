"""ai-session: sessions that outlive their terminals, and a record of what ran in them."""
