"""The layout of `stats` as text: the figures of the protocol in four blocks, each line with the number it rests on."""

from __future__ import annotations

import re

from ai_session_tui import figures
from ai_session_tui.cli.console import clean, paint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

RULE = "═" * 44

_COUNTS = {"count"}


def statistics(found: Mapping[str, Any]) -> list[str]:
    """Return what `stats` prints."""
    tokens, performance, resources, activity = (
        found["blocks"][name] for name in ("tokens", "performance", "resources", "activity")
    )
    scope = "" if found["session"] is None else f": {clean(found['session'])}"
    since = "" if found["since"] is None else f" since {figures.moment(found['since'])}"
    lines = [
        f"📊 AI-Session Performance Statistics{scope}{since}",
        RULE,
        "",
        "💰 Token Efficiency:",
        _line("Total Sessions", tokens["sessions"]),
        _line("Messages Processed", tokens["messages"]),
        _line("Raw Token Usage", tokens["raw"]),
        _line("Compressed Usage", tokens["compressed"]),
        _line("Token Savings", tokens["saved"], more=_share(tokens["saved_ratio"])),
        _line("Estimated Cost Savings", tokens["saved_dollars"]),
        *_contexts(tokens),
        "",
        "⚡ Performance Metrics:",
        _line("Average Session Creation", performance["creation"]),
        _line("Command Execution Overhead", performance["exec_overhead"]),
        _line("Context Retrieval", performance["context_retrieval"], more=_size_of(performance["context_size"])),
        _line("Multi-Agent Message Rate", performance["message_rate"]),
        "",
        "💾 Resource Usage:",
        _line("Memory per Session", resources["memory"]),
        _line("Disk Usage", resources["disk"]),
        _line("Compression Ratio", resources["compression"], more=" (zstd)"),
        _line("Session Recovery Rate", resources["recovery"]),
        "",
        "🔄 Activity Summary:",
        _line("Active Sessions", activity["active"]),
        _line("Idle Sessions", activity["idle"]),
        _line("Completed Sessions", activity["completed"]),
        _line("Total Commands Executed", activity["commands"]),
    ]
    if found["profile"] is not None:
        lines += ["", *_profile(found["profile"])]
    return lines


def fitted(lines: list[str], rows: int) -> list[str]:
    """Return lines that a terminal of so many rows can show: without the empty ones, then without the last."""
    if len(lines) > rows:
        lines = [line for line in lines if line and line != RULE]
    return lines[:rows]


def _contexts(tokens: Mapping[str, Any]) -> list[str]:
    """Return the line about conversations, which only sessions with an AI context have."""
    saved = tokens["context_saved"]
    if saved["value"] is None:
        return []
    return [_line("Context Savings", saved, more=_share(tokens["context_saved_ratio"]))]


def _size_of(figure: Mapping[str, Any]) -> str:
    return "" if figure["value"] is None else f" ({figure['value']:,} tokens)"


def _line(label: str, figure: Mapping[str, Any], more: str = "") -> str:
    value = figure["value"]
    if value is None:
        return f"  {label}: {figures.UNKNOWN}"
    said = f"  {label}: {_value(figure)}{more}"
    if figure["unit"] in _COUNTS:
        return said
    return said + paint(f"  (n = {figure['n']:,}{_of(figure['note'], figure['n'])})", "dim")


def _of(note: str, number: int) -> str:
    """Return what the observations were, as words behind their number."""
    if not note:
        return ""
    if note.startswith("against ") or "$" in note:
        return f"; {note}"
    words = re.match(r"[\w ]*", note)
    what = words[0] if words else ""
    return f" {what.removesuffix('s') if number == 1 else what}{note[len(what) :]}"


def _value(figure: Mapping[str, Any]) -> str:
    value, unit = figure["value"], figure["unit"]
    if unit == "seconds":
        return figures.milliseconds(value)
    if unit == "bytes":
        return figures.size(value)
    if unit == "share":
        return f"{value:.0%}"
    if unit == "dollars":
        return figures.dollars(value)
    if unit == "per_second":
        return f"{value:,.0f} msg/sec"
    return f"{value:,}"


def _share(figure: Mapping[str, Any]) -> str:
    return "" if figure["value"] is None else f" ({figure['value']:.1%})"


def _profile(profile: Mapping[str, Any]) -> list[str]:
    used = profile["processes"]
    lines = [
        "🔬 Profile:",
        f"  Commands: {profile['commands']:,}, running for {figures.duration(profile['busy'])}",
        f"  Waiting for the User: {figures.duration(profile['waiting'])} (at a prompt, between commands)",
        *_questions(profile["questions"]),
        f"  Processes: {used['processes']:,}, {used['cpu_seconds']:.1f}s of processor time",
        f"  Memory: {_or_unknown(used['memory_bytes'])} (PSS of the process tree, now)",
        f"  I/O: {_or_unknown(used['read_bytes'])} read, {_or_unknown(used['written_bytes'])} written",
    ]
    lines += _group(
        "Slowest",
        [f"{figures.duration(seconds):>8}  #{number}  {_text(text)}" for number, text, seconds in profile["slowest"]],
    )
    lines += _group(
        "Most Frequent",
        [f"{group['runs']:>6,} x  {_text(group['text'])}" for group in profile["most_frequent"]],
    )
    return lines + _group(
        "Failures",
        [f"{group['failures']:>4,} of {group['runs']:,}  {_text(group['text'])}" for group in profile["failures"]],
    )


def _questions(asked: Mapping[str, Any]) -> list[str]:
    if not asked["n"]:
        return []
    return [
        f"  Questions: {asked['n']:,}, open for {figures.duration(asked['seconds'])} until somebody looked or typed"
    ]


def _group(title: str, lines: list[str]) -> list[str]:
    return [f"  {title}:", *(f"  {line}" for line in lines)] if lines else []


def _or_unknown(number: int | None) -> str:
    return figures.UNKNOWN if number is None else figures.size(number)


def _text(text: str) -> str:
    return figures.cut(clean(text), 60)
