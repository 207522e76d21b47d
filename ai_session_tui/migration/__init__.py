"""Moving in from other tools: a tmux server or the original ai-session is read, and sessions are made of it."""
