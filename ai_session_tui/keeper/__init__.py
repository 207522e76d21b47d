"""The keeper: a small process that owns every program's PTY and exit status, so that the server may die."""
