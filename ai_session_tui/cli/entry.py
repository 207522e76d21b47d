"""The edge of the process: choose the subcommand, run it, and turn whatever went wrong into a message and a status.

Invariant: no traceback reaches a user, a reader that went away is no error message, and nothing is imported that the
chosen subcommand does not need.
"""

from __future__ import annotations

import errno
import os
import sys

from ai_session_tui.cli import catalog, console
from ai_session_tui.errors import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_OK, AiSessionError, UsageError
from ai_session_tui.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import TextIOWrapper


def run(words: list[str]) -> int:
    """Run one call and return its exit status."""
    _settle_streams()
    try:
        status = _dispatch(words)
        sys.stdout.flush()
    except AiSessionError as error:
        return _complain(error, words)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EIO):  # the reader, or the terminal, has gone
            console.forget_stdout()
            return EXIT_FAILURE
        return _complain(
            AiSessionError(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"), words
        )
    except Exception as error:  # noqa: BLE001  # the edge of the process
        return _complain(_internal(error), words)
    return status


def _dispatch(words: list[str]) -> int:
    if not words:
        return _open()
    name, *rest = words
    if name in ("-h", "--help"):
        name, rest = "help", []
    if name in ("-V", "--version"):
        console.say(f"ai-session {VERSION}")
        return EXIT_OK
    subcommand = catalog.find(name)
    if subcommand is None:
        raise _unknown(name)
    from ai_session_tui.cli.reading import parse

    try:
        arguments = parse(subcommand, rest)
    except SystemExit as ending:  # --help has been printed
        sys.stdout.flush()
        return ending.code if isinstance(ending.code, int) else EXIT_OK
    status: int = subcommand.load().run(arguments)
    return status


def _open() -> int:
    """Open the dashboard; without a terminal, say what is there."""
    from ai_session_tui.cli.commands import ui

    if ui.is_possible():
        return ui.show()
    from ai_session_tui.cli.commands import overview

    return overview.run()


def _unknown(name: str) -> UsageError:
    if name.startswith("-"):
        return UsageError(f"unknown option {name!r}", "options follow the subcommand: `ai-session --help`.")
    import difflib

    near = difflib.get_close_matches(name, [subcommand.name for subcommand in catalog.subcommands()], 1)
    return UsageError(
        f"there is no subcommand {name!r}", f"did you mean `{near[0]}`?" if near else "`ai-session --help` lists all."
    )


def _complain(error: AiSessionError, words: list[str]) -> int:
    ours = words[: words.index("--")] if "--" in words else words
    try:
        console.complain(error, as_json="--json" in ours)
    except OSError:  # stdout may be what cannot be written
        console.forget_stdout()
    return error.exit_status


def _internal(error: Exception) -> AiSessionError:
    if os.environ.get("AI_SESSION_LOG") in ("debug", "trace"):
        import traceback

        traceback.print_exc()
    return AiSessionError(
        f"internal error: {type(error).__name__}: {error}",
        "please report it; with AI_SESSION_LOG=debug the place of the error is shown.",
    )


def _settle_streams() -> None:
    """Make the standard streams usable: present, and never failing over a sign that they cannot write."""
    for name in ("stdout", "stderr"):
        stream: TextIOWrapper | None = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  # for the life of the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
