"""How numbers, times and folders are written for people. What is not known is `n/a`, never zero."""

from __future__ import annotations

import os
import time
import unicodedata

UNKNOWN = "n/a"


def count(number: int | None) -> str:
    """Return a number with thousands separators."""
    return UNKNOWN if number is None else f"{number:,}"


def percent(part: int, whole: int) -> str:
    """Return a share as whole percent, halves rounded up."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole > 0 else UNKNOWN


def dollars(amount: float) -> str:
    """Return an amount to the cent, a smaller one to its hundredth."""
    digits = 4 if 0.00005 <= abs(amount) < 0.005 else 2
    return f"{'-' if amount <= -0.00005 else ''}${abs(amount):,.{digits}f}"


def moment(seconds: float | None) -> str:
    """Return a time since the epoch as local date and time."""
    return UNKNOWN if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def duration(seconds: float | None) -> str:
    """Return a duration in its two largest units; below ten seconds with a fraction."""
    if seconds is None:
        return UNKNOWN
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    for size, sign, smaller_size, smaller_sign in ((86_400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller_size
            return f"{whole // size}{sign}" + (f" {rest}{smaller_sign}" if rest else "")
    return f"{whole}s"


def milliseconds(seconds: float) -> str:
    """Return a short duration: 0.8ms, 89ms, 1.2s."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f}ms"
    return f"{seconds * 1000:.0f}ms" if seconds < 1 else f"{seconds:.1f}s"


def size(number: float) -> str:
    """Return a number of bytes: 512B, 3.6MB, 45MB."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if number < 1024 or unit == "TB":
            break
        number /= 1024
    return f"{number:.1f}{unit}" if number < 10 and unit != "B" else f"{number:.0f}{unit}"


def folder(path: str | None) -> str:
    """Return a folder with the user's home written as `~`."""
    if not path:
        return UNKNOWN
    home = os.path.expanduser("~")
    if path == home:
        return "~"
    return "~" + path[len(home) :] if home != os.sep and path.startswith(home + os.sep) else path


def width(text: str) -> int:
    """Return how many terminal columns a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(sign) for sign in text)


def _columns(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """Return text shortened to so many columns, with an ellipsis where something is missing."""
    if width(text) <= columns:
        return text
    kept, used = [], 1
    for sign in text:
        used += _columns(sign)
        if used > columns:
            break
        kept.append(sign)
    return "".join(kept) + "…"


def pad(text: str, columns: int) -> str:
    """Return text filled up with spaces to so many columns."""
    return text + " " * max(0, columns - width(text))


def table(rows: list[list[str]], widths: list[int]) -> list[str]:
    """Return rows as lines with aligned columns; `widths` are the most columns each may take (0: any)."""
    shown = [[cut(cell, most) if most else cell for cell, most in zip(row, widths, strict=True)] for row in rows]
    fit = [max(width(row[at]) for row in shown) for at in range(len(widths))]
    return ["  ".join(pad(cell, columns) for cell, columns in zip(row, fit, strict=True)).rstrip() for row in shown]
