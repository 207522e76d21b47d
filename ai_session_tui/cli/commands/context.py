"""`ai-session context SESSION`: what was said, decided and done there; `context add` says something."""

from __future__ import annotations

import time
from itertools import islice

from ai_session_tui.cli import arguments as values
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.targets import resolve_session
from ai_session_tui.conversation import formats
from ai_session_tui.errors import EXIT_OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.conversation.shapes import ContextShape, MessageShape

EPILOG = """\
`context add SESSION TEXT` adds a message, by default the user's; TEXT `-` is read from stdin. A session that is called
"add" is written behind `--`: `context -- add`.
With --budget the best use of so many tokens is printed, and never more: pinned messages, failures that are not
resolved, decisions, then the newest; detail falls with age. For text and markdown all that is printed is counted, for
openai and anthropic what the model reads.
Secrets are masked, unless --no-redact asks for them.
Examples:
  ai-session context dev --lines 50
  ai-session context dev --since-last-look --looker reviewer
  ai-session context add dev --role assistant "All tests pass." --pin"""

_ROLES = ("user", "assistant", "system", "tool")
# Our options, and how many words follow each.
_OPTIONS = {
    "--lines": 1,
    "--budget": 1,
    "--format": 1,
    "--since": 1,
    "--since-last-look": 0,
    "--looker": 1,
    "--pin": 1,
    "--unpin": 1,
    "--expand": 1,
    "--raw": 0,
    "--no-redact": 0,
    "--role": 1,
    "--json": 0,
    "-h": 0,
    "--help": 0,
}
_ADD = "add"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `context` takes."""
    add = parser.add_argument
    add("command", nargs="*", metavar=values.SESSION, help="the session; or `add`, the session and a text")
    add("--lines", metavar="N", help="only the newest N messages")
    add("--budget", metavar="TOKENS", help="the best use of so many tokens, and never more")
    add("--format", choices=formats.FORMATS, metavar="FORM", help="one of " + ", ".join(formats.FORMATS))
    add(
        "--since", metavar="T", help="only what came after a time (14:30, 2026-01-31T14:30) or within one (90s, 2h, 3d)"
    )
    add("--since-last-look", action="store_true", help="only what came since this was asked last")
    add("--looker", metavar="NAME", help="who looks, for --since-last-look; default: `default`")
    add("--pin", metavar="ID", help="never compress this message; with `add` (then without ID): the new one")
    add("--unpin", metavar="ID", help="let this message be compressed again")
    add("--expand", metavar="ID", help="the messages that a digest stands for")
    add("--raw", action="store_true", help="messages as they were said, compressed ones too")
    add("--no-redact", action="store_true", help="do not mask secrets")
    add("--role", choices=_ROLES, metavar="ROLE", help="with `add`: who says it, one of " + ", ".join(_ROLES))
    values.add_json(parser)


def split_words(words: list[str]) -> tuple[list[str], list[str]]:
    """Return our options, and the other words; a `--` before the first of these stays with them.

    `--pin` is followed by an ID, but not in `context add`.
    """
    is_adding = _first_plain(words) == _ADD
    ours: list[str] = []
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        name = word.partition("=")[0]
        if word == "--":
            plain += [*([] if plain else ["--"]), *rest]
        elif word == "--pin" and is_adding:
            ours += ["--pin", "0"]
        elif name in _OPTIONS:
            ours.append(word)
            if name == word:
                ours += islice(rest, _OPTIONS[word])
        elif word.startswith("-") and word != "-":
            ours.append(word)  # unknown: argparse says so
        else:
            plain.append(word)
    return ours, plain


def _first_plain(words: list[str]) -> str | None:
    rest = iter(words)
    for word in rest:
        if word == "--":
            return None
        if word == "--pin":
            following = next(rest, "")
            if following == _ADD:
                return _ADD
            continue
        if not word.startswith("-"):
            return word
        for _ in range(_OPTIONS.get(word, 0)):
            next(rest, None)
    return None


def run(arguments: Namespace) -> int:
    """Show a context, change a message, or add one."""
    words: list[str] = arguments.command
    if words[:1] == [_ADD]:
        return _add(arguments, words[1:])
    names = words[1:] if words[:1] == ["--"] else words
    if len(names) != 1:
        raise UsageError("context takes one session" if names else "context needs a session", "`context dev`.")
    if arguments.role is not None:
        raise UsageError("--role belongs to `context add`")
    session = resolve_session(names[0])
    chosen = [name for name in ("pin", "unpin", "expand") if getattr(arguments, name) is not None]
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} do not go together")
    if chosen == ["expand"]:
        return _expand(arguments, session)
    if chosen:
        return _pin(arguments, session, pinned=chosen == ["pin"])
    return _show(arguments, session)


def _show(arguments: Namespace, session: str) -> int:
    form = "json" if arguments.json else arguments.format or "text"
    with linking.connect() as connection:
        context: ContextShape = connection.call(
            "context.get",
            target=session,
            lines=values.whole(arguments.lines, "--lines", "messages"),
            budget=values.whole(arguments.budget, "--budget", "tokens"),
            since=moment(arguments.since, time.time()),
            since_last_look=arguments.since_last_look or arguments.looker is not None or None,
            looker=arguments.looker,
            raw=arguments.raw or None,
            redact=False if arguments.no_redact else None,
            format=form if arguments.budget is not None else None,
        )
    rendered = context.pop("rendered", None)
    if form == "json":
        console.say_json(context)
    elif rendered is not None:  # what was counted, to the letter
        console.say(rendered)
    elif form in ("openai", "anthropic"):
        console.say_json({"messages": formats.openai(context)} if form == "openai" else formats.anthropic(context))
    else:
        console.say(formats.render(context, form))
    return EXIT_OK


def _expand(arguments: Namespace, session: str) -> int:
    ident = _ident(arguments.expand, "--expand")
    messages: list[MessageShape] = []
    following = None
    with linking.connect() as connection:
        while True:
            found = connection.call(
                "context.expand",
                target=session,
                message=ident,
                redact=False if arguments.no_redact else None,
                **{"from": following},
            )
            messages += found["messages"]
            following = found["next"]
            if following is None:
                break
    if arguments.json or arguments.format == "json":
        console.say_json({"messages": messages})
    else:
        for line in formats.message_lines(messages):
            console.say(line)
    return EXIT_OK


def _pin(arguments: Namespace, session: str, *, pinned: bool) -> int:
    ident = _ident(arguments.pin if pinned else arguments.unpin, "--pin" if pinned else "--unpin")
    with linking.connect() as connection:
        message: MessageShape = connection.call("context.pin", target=session, message=ident, pinned=pinned)
    if arguments.json:
        console.say_json(message)
    else:
        console.say(f"{'Pinned' if pinned else 'Unpinned'} message {ident}.")
    return EXIT_OK


def _add(arguments: Namespace, words: list[str]) -> int:
    if len(words) < 2:
        raise UsageError("context add needs a session and a text", "the text may be `-`: it is read from stdin then.")
    session = resolve_session(words[0])
    if words[1:] == ["-"]:
        text = values.text("-", "the message").removesuffix("\n")
    else:
        text = values.text(" ".join(words[1:]), "the message")
    if not text.strip():
        raise UsageError("the message is empty")
    with linking.connect() as connection:
        message: MessageShape = connection.call(
            "context.add",
            target=session,
            text=text,
            role=arguments.role,
            pin=True if arguments.pin is not None else None,
        )
    if arguments.json:
        console.say_json(message)
    else:
        tokens = "not counted yet" if message["tokens"] is None else f"{message['tokens']:,} tokens"
        console.say(f"Added message {message['id']} to '{console.clean(session)}' ({tokens}).")
    return EXIT_OK


def _ident(text: str, option: str) -> int:
    found = values.whole(text, option, "messages")
    if found is None:
        raise UsageError(f"{option} needs the number of a message", "`context SESSION --json` shows them.")
    return found


def moment(text: str | None, now: float) -> float | None:
    """Return the time that `--since` names, in seconds since the epoch; raise `UsageError`.

    >>> moment("90s", 1000.0)
    910.0
    """
    if text is None:
        return None
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86_400}.get(text[-1:], 0)
    number = text[:-1] if unit else text
    try:
        value = float(number)
        return now - value * unit if unit else value
    except ValueError:
        pass
    for form in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return time.mktime(time.strptime(text, form))
        except ValueError:
            continue
    today = time.strftime("%Y-%m-%d ", time.localtime(now))
    for form in ("%H:%M:%S", "%H:%M"):
        try:
            found = time.mktime(time.strptime(today + text, f"%Y-%m-%d {form}"))
        except ValueError:
            continue
        return found if found <= now else found - 86_400  # 23:50, asked at 0:10, was yesterday
    raise UsageError(f"--since: {text!r} is not a time", "write 90s, 10m, 2h, 3d, 14:30 or 2026-01-31T14:30.")
