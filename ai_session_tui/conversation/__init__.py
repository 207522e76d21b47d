"""Conversations, as far as they need neither server nor store: compression, choice within a budget, formats.

Imports nothing slow: the subcommands print contexts with `formats`.
"""
