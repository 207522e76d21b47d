"""Where everything lives: one home folder, 0700, and the files in it.

    $AI_SESSION_HOME (default ~/.ai-session)
    ├── config.toml           the user's settings (optional)
    ├── templates/            templates of theirs for new sessions, NAME.toml (optional)
    ├── parsers.toml          rules of theirs for reading the output of tools (optional)
    ├── sessions.db           sessions, panes, commands, ledger (SQLite, WAL); only the server writes it
    ├── search.db             the index of `search`; made again when it is missing
    ├── server.log            with rotation
    ├── journals/PANE/        what each pane printed, with times
    ├── migrations/           what each migration did, so that it can be taken back
    ├── shells/PANE/          start-up files of our shell integration, one folder a pane, 0700
    └── run/                  sockets and locks; nothing in it outlives a reboot

Invariant: nothing else in the program spells a file name of the home. Imports only `os`, because the headless
subcommands load it at every start.
"""

from __future__ import annotations

import os
import stat

from ai_session_tui.errors import StorageError

HOME_VARIABLE = "AI_SESSION_HOME"
# The umask of whoever started the server, for the programs in its sessions: our own files are for nobody else.
UMASK_VARIABLE = "AI_SESSION_UMASK"


def home_folder() -> str:
    """Return the absolute path of the home: `AI_SESSION_HOME`, or `~/.ai-session`."""
    return os.path.abspath(os.path.expanduser(os.environ.get(HOME_VARIABLE) or "~/.ai-session"))


class Home:
    """The paths below one home folder, as `str`."""

    def __init__(self, folder: str | None = None) -> None:
        self.folder = home_folder() if folder is None else os.path.abspath(os.path.expanduser(folder))
        join = os.path.join
        self.config = join(self.folder, "config.toml")
        self.parsers = join(self.folder, "parsers.toml")
        self.templates = join(self.folder, "templates")
        self.database = join(self.folder, "sessions.db")
        self.search = join(self.folder, "search.db")
        self.log = join(self.folder, "server.log")
        self.journals = join(self.folder, "journals")
        self.migrations = join(self.folder, "migrations")
        self.shells = join(self.folder, "shells")
        self.run = join(self.folder, "run")
        self.server_socket = join(self.run, "server.sock")
        self.server_lock = join(self.run, "server.lock")
        self.start_lock = join(self.run, "start.lock")
        self.tcp_endpoint = join(self.run, "server.tcp")
        self.keeper_socket = join(self.run, "keeper.sock")
        self.keeper_lock = join(self.run, "keeper.lock")

    def __repr__(self) -> str:
        return f"Home({self.folder!r})"

    def journal(self, pane_id: str) -> str:
        """Return the folder of a pane's journal."""
        return os.path.join(self.journals, pane_id)

    def migration(self, name: str) -> str:
        """Return the record of the migration whose first session has that name."""
        return os.path.join(self.migrations, f"{name}.json.zst")

    def shell(self, pane_id: str) -> str:
        """Return the folder of a pane's shell integration."""
        return os.path.join(self.shells, pane_id)

    def prepare(self) -> None:
        """Create the home's folders with mode 0700; raise `StorageError` when that cannot be done."""
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            self._own()
            for folder in (self.run, self.journals, self.shells):
                os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError as error:
            is_file = isinstance(error, FileExistsError | NotADirectoryError)
            why = "there is something that is not a folder" if is_file else error.strerror or error
            raise StorageError(
                f"cannot use the home {self.folder}: {why}",
                f"make it writable, or set {HOME_VARIABLE} to a folder of yours.",
            ) from error

    def _own(self) -> None:
        """Make sure that the home is ours and closed to others: a socket in it is a way to run programs."""
        status = os.stat(self.folder)
        if hasattr(os, "getuid") and status.st_uid != os.getuid():
            raise StorageError(
                f"the home {self.folder} belongs to another user (uid {status.st_uid})",
                f"set {HOME_VARIABLE} to a folder of yours.",
            )
        if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
            os.chmod(self.folder, 0o700)
