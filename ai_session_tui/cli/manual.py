"""`python -m ai_session_tui.cli.manual` prints the manual page docs/ai-session.1, made from the parsers."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, Action
from collections.abc import Iterable

from ai_session_tui.cli.catalog import EXIT_STATUSES, GROUPS
from ai_session_tui.cli.parsers import PROGRAM, Parser, build_parser
from ai_session_tui.version import VERSION

_DESCRIPTION = """\
Terminal sessions that outlive their terminals, and an exact record of what ran in them. A background server holds the
terminals of one home, a keeper holds their processes; the first call that needs them starts both.

Without a SUBCOMMAND it opens the dashboard; without a terminal it says what is there. Results go to stdout, our own
words and errors to stderr. With --json a result is one JSON value, and an error one line of JSON on stderr.

A session is written as its name, a unique beginning of the name, or its id; dev:2 is its second pane (panes count from
1), dev#12 its command 12, and inside a session . is that session."""

_FILES = (
    ("config.toml", "settings (optional): ai-session config"),
    ("templates/", "templates of one's own: ai-session template"),
    ("parsers.toml", "rules of one's own for reading the output of tools (optional)"),
    ("sessions.db", "sessions, panes, commands, messages, measurements"),
    ("journals/", "what each pane printed, compressed"),
    ("server.log", "the server's log"),
    ("run/", "sockets and locks"),
)

_ENVIRONMENT = (
    ("AI_SESSION_HOME", "the home folder; default: ~/.ai-session"),
    ("AI_SESSION_MAX_TOKENS, AI_SESSION_COMPRESSION, AI_SESSION_LOG", "settings; they go before config.toml"),
    ("AI_SESSION_ID, AI_SESSION_PANE, AI_SESSION_PANE_ID", "set for the programs in a session"),
    ("NO_COLOR", "no colours"),
)


def manual() -> str:
    """Return the page in roff's man macros."""
    os.environ["COLUMNS"] = "100"
    lines = [
        '.\\" Made from the program itself: make docs',
        f'.TH AI\\-SESSION 1 "" "ai\\-session {VERSION}" "User Commands"',
        ".SH NAME",
        "ai\\-session \\- terminal sessions that outlive their terminals, and a record of what ran in them",
        ".SH SYNOPSIS",
        ".B ai\\-session",
        "[\\fISUBCOMMAND\\fR [\\fIOPTIONS\\fR]]",
        ".SH DESCRIPTION",
        *_paragraphs(_DESCRIPTION),
        ".SH SUBCOMMANDS",
    ]
    for title, group in GROUPS:
        lines.append(f".SS {_escaped(title)}")
        for subcommand in group:
            lines += _subcommand(build_parser(subcommand))
    lines += [".SH EXIT STATUS", *_table((str(number), meaning) for number, meaning in EXIT_STATUSES)]
    lines += [".PP", _escaped("exec exits with the command's own exit code.")]
    lines += [".SH ENVIRONMENT", *_table(_ENVIRONMENT)]
    lines += [".SH FILES", "In the home folder:", *_table(_FILES)]
    return "\n".join([*lines, ".SH SEE ALSO", ".BR tmux (1)", ""])


def _subcommand(parser: Parser) -> list[str]:
    lines = [".TP", f".B {_escaped(parser.prog.removeprefix(PROGRAM + ' '))}"]
    actions = [action for action in parser._actions if action.dest != "help" and action.help != SUPPRESS]
    words = [word for action in actions if (word := _usage(action))]
    lines.append(" ".join(words) or "\\&")
    lines += [".br", *_paragraphs(parser.description or ""), ".RS"]
    for action in actions:
        lines += [".TP", _name(action), _escaped(" ".join((action.help or "").split()))]
    if parser.epilog:
        lines += [".PP", ".nf", *map(_escaped, parser.epilog.splitlines()), ".fi"]
    return [*lines, ".RE"]


def _metavar(action: Action) -> str:
    if action.metavar is not None:
        return str(action.metavar)
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()


def _usage(action: Action) -> str:
    if action.option_strings:
        return ""
    word = f"\\fI{_escaped(_metavar(action))}\\fR"
    return {"?": f"[{word}]", "*": f"[{word} ...]"}.get(str(action.nargs), word)


def _name(action: Action) -> str:
    if not action.option_strings:
        return f"\\fI{_escaped(_metavar(action))}\\fR"
    flags = ", ".join(f"\\fB{_escaped(flag)}\\fR" for flag in action.option_strings)
    return flags if action.nargs == 0 else f"{flags} \\fI{_escaped(_metavar(action))}\\fR"


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = []
    for word, meaning in rows:
        lines += [".TP", f".B {_escaped(word)}", _escaped(meaning)]
    return lines


def _paragraphs(text: str) -> list[str]:
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        lines += [".PP"] if lines else []
        lines += [_escaped(line) for line in paragraph.splitlines()]
    return lines


def _escaped(text: str) -> str:
    """Return text that roff prints as it is."""
    safe = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    safe = "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in safe)
    return f"\\&{safe}" if safe.startswith(".") else safe


if __name__ == "__main__":
    sys.stdout.write(manual())
