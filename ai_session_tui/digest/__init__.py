"""What a reader needs of an output, within a budget of tokens, with every omission marked where it was made."""

from .composition import digest_lines
from .heading import headline
from .lines import LineKeeper, Lines
from .model import Digest, Outcome
from .reading import digest_output, to_plain

__all__ = ["Digest", "LineKeeper", "Lines", "Outcome", "digest_lines", "digest_output", "headline", "to_plain"]
