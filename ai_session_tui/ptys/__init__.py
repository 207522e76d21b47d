"""Pseudo terminals and the processes on them: how they start, what they do, and how they end."""
