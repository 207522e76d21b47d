"""`ai-session search QUERY`: find words in everything that was run, written and said, in all sessions."""

from __future__ import annotations

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.errors import EXIT_FAILURE, EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator
    from typing import Any

EPILOG = """\
All words must occur close together; a word may go on (`fail` finds `failed`), and is taken literally
(`src/main.rs:12`, `snake_case`). "…" is an exact phrase, A OR B either, NOT C without C. Case does not matter.
Newest first; of one output the first five lines. `dev#12:40` is line 40 of `ai-session output dev#12`.
The exit status is 1 where nothing is found. Secrets are never in the index.
Examples:
  ai-session search 'connection refused' --since 2h
  ai-session search '"permission denied" NOT sudo' --session dev --failed"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `search` takes."""
    add = parser.add_argument
    add("query", metavar="QUERY", nargs="*", help="what to find; several words are joined by blanks")
    add("--session", metavar=values.SESSION, help="only in this session")
    add("--since", metavar="T", help="only since then: 30m, 2h, 3d ago, or 2024-06-24, 2024-06-24 10:30")
    add("--failed", action="store_true", help="only in commands that failed")
    add("--limit", metavar="N", help="at most so many lines (default 50)")
    values.add_json(parser)


def run(arguments: Namespace) -> int:
    """Print what is found."""
    query = values.text(" ".join(arguments.query), "the query")
    if not query.strip():
        raise UsageError("there is nothing to search for", "write the words behind `search`.")
    since = values.since(arguments.since, "--since")
    limit = values.whole(arguments.limit, "--limit", "lines") or 50
    session = None if arguments.session is None else resolve_session(arguments.session)
    with linking.connect() as connection:
        found = connection.call(
            "search", query=query, session=session, since=since, failed=arguments.failed, limit=min(limit, 1000)
        )
    if arguments.json:
        console.say_json(found)
    else:
        for line in _lines(found["hits"]):
            console.say(line)
        if not found["hits"]:
            console.note("nothing was found")
        if found["truncated"]:
            console.note("there is more: add words, or raise --limit")
        if found["behind"]:
            console.note("the newest output is not indexed yet")
    return EXIT_OK if found["hits"] else EXIT_FAILURE


def _lines(hits: list[dict[str, Any]]) -> Iterator[str]:
    for hit in hits:
        yield f"{console.paint(_place(hit), 'dim')}  {_snippet(hit)}"
        if hit["more"]:
            yield console.paint(f"{_place(hit).partition(':')[0]}  … and more", "dim")


def _place(hit: dict[str, Any]) -> str:
    place = console.clean(hit["reference"])
    return f"{place} said" if hit["kind"] == "message" else f"{place} $" if hit["kind"] == "command" else place


def _snippet(hit: dict[str, Any]) -> str:
    """Return the line with what fits in bold, without blanks at its beginning."""
    text, shown, at = hit["snippet"], "", 0
    for low, high in hit["marks"]:
        shown += console.clean(text[at:low]) + console.paint(console.clean(text[low:high]), "bold")
        at = high
    return (shown + console.clean(text[at:])).lstrip()
