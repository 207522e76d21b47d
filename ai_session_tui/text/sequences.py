"""Which escape sequences matter to the text of an output (ECMA-48, DEC private modes).

Three kinds: those that change looks or settings only are dropped; those that work within a line are settled line by
line; those that move between lines, or change what a line feed or a letter means, need a terminal.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_STRING: Final = 4096  # an OSC, DCS … that has not ended by then has lost its end

_OPEN_STRING = rf"\x1b[\]PX^_][^\x07\x1b\x18\x1a]{{0,{LONGEST_STRING}}}"
_STRING = _OPEN_STRING + r"(?:\x07|\x1b\\|[\x18\x1a]|(?=\x1b[^\\]))"

# Modes that change where text goes: insert, newline, 132 columns, origin, autowrap, alternate screens, saved cursor.
_PLACING_MODES = r"(?:4|20)(?:;[0-9]+)*[hl]|\?(?:[0-9]+;)*(?:3|6|7|47|1047|1048|1049)(?:;[0-9]+)*[hl]"

# Sequences that only a terminal can follow.
PLACING: Final = re.compile(
    r"\x1b(?:\[(?:[0-9;]*[ABEFHIJLMSTZabdefrsu`]|[0-9;]* [A@]|" + _PLACING_MODES + r")|[78cDEHM]|[()]0)|\x0e"
)

# What puts a new page before the reader: erase the whole display or the scrollback (ED 2, ED 3), full reset (RIS).
PAGE: Final = re.compile(r"\x1b\[[23]J|\x1bc")

# To and from the alternate screen.
TURN: Final = re.compile(r"\x1b\[\?(?:[0-9]+;)*(?:47|1047|1049)(?:;[0-9]+)*([hl])")

# All that leave no trace in the text.
MUTE: Final = re.compile(
    _STRING
    + r"|\x1b\[(?![0-9]*[@CDGKPX])[0-?]*[ -/]*[@-~]"
    + r"|\x1b\[[0-?]*(?![0-?]*[ -/]*[@-~])"  # cut off by a program that shortens coloured text
    + r"|\x1b(?:[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"
)

# The beginning of a sequence whose end has not come yet.
UNFINISHED: Final = re.compile(r"\x1b\[[0-?]*[ -/]*\Z|" + _OPEN_STRING + r"\x1b?\Z|\x1b[ -/]*\Z")
UNFINISHED_STRING: Final = re.compile(_OPEN_STRING + r"\x1b?\Z")

# Controls without a picture. TAB, LF, CR and BS have a meaning; SO needs a terminal.
CONTROLS: Final = re.compile("[\x00-\x07\x0e-\x1f\x7f-\x9f]")
