"""The table of subcommands: the one place that knows their names, their order and their line of help.

A module `cli/commands/NAME.py` stands behind each; it is imported when it is chosen, not before.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


class Subcommand:
    """One line of the table."""

    __slots__ = ("aliases", "help", "name")

    def __init__(self, name: str, help: str, aliases: tuple[str, ...] = ()) -> None:
        self.name = name
        self.help = help
        self.aliases = aliases

    def load(self) -> ModuleType:
        """Import the subcommand's module."""
        from importlib import import_module

        return import_module(f"ai_session_tui.cli.commands.{self.name}")


GROUPS = (
    (
        "Sessions",
        (
            Subcommand("create", "Create a new session", aliases=("new",)),
            Subcommand("list", "List the sessions", aliases=("ls",)),
            Subcommand("ui", "Open the full-screen dashboard, as `ai-session` alone does", aliases=("tui",)),
            Subcommand("attach", "Show a session in this terminal and type in it"),
            Subcommand("detach", "Send the viewers of a session away; it goes on"),
            Subcommand("rename", "Give a session another name"),
            Subcommand("start", "Start a stopped session again, with everything it had"),
            Subcommand("kill", "End sessions with every process in them"),
            Subcommand("tag", "Give sessions words by which they are grouped and addressed"),
            Subcommand("watch", "Say what needs you, in any session, as it happens", aliases=("notify",)),
        ),
    ),
    (
        "Panes",
        (
            Subcommand("pane", "Split sessions into several terminals; close, list, arrange them"),
            Subcommand("layout", "Show how a session's panes are arranged, or arrange them"),
        ),
    ),
    (
        "Commands and output",
        (
            Subcommand("exec", "Run a command in a session's own shell"),
            Subcommand("send", "Type text or keys into a session"),
            Subcommand("broadcast", "Type the same into several sessions at once"),
            Subcommand("capture", "Print what a session's screen shows"),
            Subcommand("wait", "Wait until a session is idle, prints a text, or exits"),
            Subcommand("output", "Print what a command, or a whole session, has written"),
            Subcommand("replay", "Play again what a session showed, or export it as an asciicast"),
            Subcommand("digest", "Shorten the output of a command, recorded or from stdin, to what a reader needs"),
            Subcommand("search", "Find words in all that was run, written and said"),
            Subcommand("history", "List the commands that ran in a session"),
        ),
    ),
    (
        "Context",
        (
            Subcommand("context", "Show, or add to, what was said, decided and done in a session"),
            Subcommand("decision", "Record what was decided in a session, and why; list it"),
            Subcommand("message", "Send a message to a session, read its messages, or wait for one"),
        ),
    ),
    (
        "The program",
        (
            Subcommand("migrate", "Move in from tmux or from the original ai-session"),
            Subcommand("server", "Start, stop, restart or look at the background server"),
            Subcommand("stats", "Show measured statistics, of all sessions or of one"),
            Subcommand("cleanup", "Remove old sessions and what crashes left; say what that frees"),
            Subcommand("template", "List, show, make and check templates for new sessions"),
            Subcommand("config", "Look at the settings and where each comes from; change them"),
            Subcommand("doctor", "Check the installation; say what to do where something is off"),
            Subcommand("mcp", "Offer sessions as tools to an agent, over the Model Context Protocol"),
            Subcommand("version", "Print the version"),
            Subcommand("completion", "Print the completion script of a shell"),
            Subcommand("help", "Explain a subcommand"),
        ),
    ),
)

EXIT_STATUSES = (
    (0, "all went well"),
    (1, "something failed; the message says what"),
    (2, "the call itself is off: an option, a value, a name, a setting"),
    (3, "no such session, pane or command"),
    (4, "it does not fit what is there: a name that is taken, a session that is stopped"),
    (5, "busy: something else runs there, or a half-typed line stands at the prompt"),
    (6, "the server failed, cannot be reached, or speaks another protocol"),
    (7, "the home cannot be written"),
    (8, "a program could not be started"),
    (9, "this platform or this pane cannot do that"),
    (124, "the time allowed by --timeout is over"),
    (125, "the command was handed over, but how it ended is not known"),
    (130, "interrupted by Ctrl-C"),
)


def subcommands() -> list[Subcommand]:
    """Return the whole table, in order."""
    return [subcommand for _, group in GROUPS for subcommand in group]


def find(name: str) -> Subcommand | None:
    """Return the subcommand of that name or alias."""
    return next((subcommand for subcommand in subcommands() if name in (subcommand.name, *subcommand.aliases)), None)
