"""What a program wrote, as the lines that a person saw scroll by: no escape sequences, of progress its last state."""

from .reader import TextReader, read_lines

__all__ = ["TextReader", "read_lines"]
