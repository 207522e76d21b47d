"""What below a pytest heading explains a failure: the `E` lines, the source, the place, some of what was captured.

Invariant: the lines are chosen, never changed, and of a long comparison those that differ are among them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .model import Location
from .report import clip, location

CAPTURED: Final = re.compile(r"-{3,} ?(?:Captured|live) .*-{3,}$|-{5,} live log .*-{5,}$")
_PLACE: Final = re.compile(
    r"(\S+?\.\w+):(\d+):(?: ([\w.]+(?:Error|Exception|Exit|Failed|Interrupt|Skipped|Warning)?))?\s*$"
)
_SHORT_PLACE: Final = re.compile(r"(\S+?\.\w+):(\d+): in \S+")
_NATIVE_FRAME: Final = re.compile(r'  File "(.+?)", line (\d+), in ')
_FOREIGN: Final = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|lib/python[\d.]+|lib64/python[\d.]+)/"
    r"|^<frozen"
)
_GROUPED: Final = re.compile(r"\s+(?:\| )+(\w[\w.]*(?:Error|Exception|Group|Exit|Interrupt|Failed)\b.*)")  # of a group
_GROUPED_FRAME: Final = re.compile(r'\s+(?:\| )+\s+File "(.+?)", line (\d+), in ')
_WORKER: Final = re.compile(r"\[gw\d+\] ")  # whoever ran the test
_COMPARED: Final = re.compile(r"E {3,}([-+?]) (.*)")
_MOST_EXPLANATIONS: Final = 12


class Evidence:
    """The lines below a test's heading that explain its failure."""

    def __init__(self, lines: Sequence[str], body: range) -> None:
        self._lines = lines
        self._explanations: list[int] = []
        self._changed: set[int] = set()
        self._source: list[int] = []
        self._places: list[int] = []
        self._captured: list[int] = []
        self._is_foreign = False  # the place found so far is in a library
        self.place: Location | None = None
        self.message = ""
        in_capture = False
        raised = _native(lines, body)
        if raised:
            self._explanations, self._source, self.place = [raised[0]], raised[1:], _native_place(lines, raised)
            self.message = lines[raised[0]]
        for index in body:
            line = lines[index]
            if CAPTURED.match(line):
                in_capture = True
            elif in_capture:
                if line.strip():
                    self._captured.append(index)
            elif line.startswith("E ") or line == "E":
                if line.strip() != "E":
                    self._explanations.append(index)
                    self.message = self.message or line[1:].strip()
                if re.match(r"E\s+[-+] ", line):
                    self._changed.add(index)
            elif line.startswith(">"):
                self._source.append(index)
            elif "| " in line and (grouped := _GROUPED.match(line)):
                self._explanations.append(index)
                self.message = self.message or grouped[1]
            elif "| " in line and (framed := _GROUPED_FRAME.match(line)) and not _FOREIGN.search(framed[1]):
                self._places.append(index)
                self.place = location(framed[1], framed[2])
            elif found := _PLACE.match(line) or _SHORT_PLACE.match(line):
                if _FOREIGN.search(found[1]) and self._places:
                    continue
                if self._is_foreign:
                    self._places.clear()
                self._is_foreign = _FOREIGN.search(found[1]) is not None
                self._places.append(index)
                self.place = location(found[1], found[2])
                if " in " in line and index + 1 in body and lines[index + 1].startswith("    "):
                    self._source.append(index + 1)

    def chosen(self) -> list[int]:
        """Return the lines, the most telling first, the place last."""
        explained = self._telling()
        if len(explained) > _MOST_EXPLANATIONS:  # of a long comparison what differs
            changed = [index for index in explained[3:] if index in self._changed]
            explained = [*explained[:3], *changed] if changed else explained
        explained = clip(explained, _MOST_EXPLANATIONS - 4, 4)
        captured = clip(self._captured, 2, 2)
        places = self._places[-1:]
        others = clip(self._places[:-1], 2, 1)
        source = self._source[-1:] if self._places else self._source[:4]
        return [*explained[:2], *source, *explained[2:], *others, *captured, *places]

    def _telling(self) -> list[int]:
        """Return the `E` lines without guides below a difference, and without values that the first one has whole."""
        first = "".join(self._lines[index] for index in self._explanations[:1])
        is_shortened = "..." in first  # by pytest: what is left of a value may be in it by chance
        return [
            index
            for index in self._explanations
            if not (found := _COMPARED.match(self._lines[index]))
            or (found[1] != "?" and (is_shortened or not found[2].strip() or found[2].strip() not in first))
        ]


def _native(lines: Sequence[str], body: range) -> list[int]:
    """Return what a traceback of Python's own form (--tb=native) raises, and the last and the first own frame."""
    first = next((lines[i] for i in body if lines[i].strip() and not _WORKER.match(lines[i])), "")
    if not first.startswith("Traceback (most recent"):
        return []
    frames = [i for i in body if _NATIVE_FRAME.match(lines[i])]
    raised = next((i for i in reversed(body) if lines[i] and not lines[i][0].isspace() and ":" in lines[i]), None)
    if raised is None or not frames:
        return []
    own = [i for i in frames if not _FOREIGN.search(lines[i])] or frames[-1:]
    return [raised, *(i for frame in dict.fromkeys((own[-1], own[0])) for i in (frame, frame + 1) if i in body)]


def _native_place(lines: Sequence[str], raised: list[int]) -> Location | None:
    found = _NATIVE_FRAME.match(lines[raised[1]])
    return location(found[1], found[2]) if found else None
