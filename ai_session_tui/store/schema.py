"""The schema, as numbered migrations. A migration that has been released is never edited: add the next one.

Invariant: `PRAGMA user_version` is the number of migrations that a database has seen, and each runs in one
transaction, so a crash leaves the schema before or after it, never between.
"""

from __future__ import annotations

import sqlite3

from ai_session_tui.errors import StorageError

MIGRATIONS = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        created REAL NOT NULL,
        last_activity REAL NOT NULL,
        dir TEXT NOT NULL,
        shell TEXT NOT NULL,
        argv TEXT NOT NULL,
        env TEXT NOT NULL,
        ai_context INTEGER NOT NULL,
        max_tokens INTEGER NOT NULL,
        compression INTEGER NOT NULL,
        template TEXT,
        killed REAL
    ) STRICT;
    CREATE UNIQUE INDEX session_names ON sessions (name) WHERE killed IS NULL;
    CREATE TABLE panes (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions (id),
        position INTEGER NOT NULL,
        nonce TEXT NOT NULL,
        kind TEXT NOT NULL,
        cwd TEXT NOT NULL,
        columns INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        pid INTEGER,
        pid_started INTEGER,
        status TEXT NOT NULL,
        exit_code INTEGER,
        exit_signal INTEGER,
        exited REAL,
        boot_id TEXT NOT NULL,
        scan_offset INTEGER NOT NULL,
        UNIQUE (session_id, position)
    ) STRICT;
    CREATE TABLE commands (
        session_id TEXT NOT NULL REFERENCES sessions (id),
        number INTEGER NOT NULL,
        pane_id TEXT NOT NULL REFERENCES panes (id),
        text TEXT NOT NULL,
        state TEXT NOT NULL,
        source TEXT NOT NULL,
        cwd TEXT NOT NULL,
        started REAL,
        ended REAL,
        exit_code INTEGER,
        mark_offset INTEGER,
        start_offset INTEGER,
        end_offset INTEGER,
        exec_id TEXT,
        key TEXT,
        fullscreen INTEGER NOT NULL,
        shell_exited INTEGER NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (session_id, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX command_keys ON commands (session_id, key) WHERE key IS NOT NULL;
    CREATE INDEX open_commands ON commands (pane_id) WHERE state IN ('queued', 'sent', 'running');
    CREATE TABLE ledger (
        time REAL NOT NULL,
        server_pid INTEGER NOT NULL,
        session_id TEXT NOT NULL,
        name TEXT NOT NULL,
        outcome TEXT NOT NULL,
        why TEXT NOT NULL
    ) STRICT;
    """,
    # Sessions with several panes.
    """
    ALTER TABLE sessions ADD COLUMN layout TEXT NOT NULL DEFAULT 'null';
    ALTER TABLE sessions ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE panes ADD COLUMN argv TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE panes ADD COLUMN shell TEXT NOT NULL DEFAULT '';
    ALTER TABLE panes ADD COLUMN env TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE panes ADD COLUMN closed REAL;
    ALTER TABLE panes ADD COLUMN seen_offset INTEGER NOT NULL DEFAULT 0;
    UPDATE panes SET (argv, shell) = (SELECT argv, shell FROM sessions WHERE sessions.id = panes.session_id);
    """,
    # What was found out about outputs, and what was read of them.
    """
    CREATE TABLE analyses (
        session_id TEXT NOT NULL REFERENCES sessions (id),
        number INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        headline TEXT NOT NULL,
        raw_bytes INTEGER NOT NULL,
        raw_tokens INTEGER NOT NULL,
        plain_tokens INTEGER NOT NULL,
        digest_tokens INTEGER NOT NULL,
        is_estimate INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        warnings INTEGER NOT NULL,
        lines INTEGER NOT NULL,
        trouble TEXT NOT NULL,
        PRIMARY KEY (session_id, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE digests (
        session_id TEXT NOT NULL REFERENCES sessions (id),
        number INTEGER NOT NULL,
        text TEXT NOT NULL,
        reference TEXT NOT NULL,
        parsed TEXT NOT NULL,
        outcome TEXT NOT NULL,
        PRIMARY KEY (session_id, number)
    ) STRICT;
    CREATE TABLE readings (
        session_id TEXT NOT NULL REFERENCES sessions (id),
        number INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        raw_bytes INTEGER NOT NULL,
        text_bytes INTEGER NOT NULL,
        digests INTEGER NOT NULL,
        PRIMARY KEY (session_id, number)
    ) STRICT, WITHOUT ROWID;
    """,
    # What the server measures, added up by the hour.
    """
    CREATE TABLE measurements (
        kind TEXT NOT NULL,
        session_id TEXT NOT NULL,
        hour INTEGER NOT NULL,
        n INTEGER NOT NULL,
        total REAL NOT NULL,
        least REAL NOT NULL,
        most REAL NOT NULL,
        PRIMARY KEY (kind, session_id, hour)
    ) STRICT, WITHOUT ROWID;
    """,
    # Conversations: `masked` is NULL where it would be the text, `tokens` is NULL until they are counted.
    """
    CREATE TABLE messages (
        session_id TEXT NOT NULL REFERENCES sessions (id),
        id INTEGER NOT NULL,
        time REAL NOT NULL,
        role TEXT NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        masked TEXT,
        brief TEXT NOT NULL,
        tokens INTEGER,
        raw_tokens INTEGER NOT NULL,
        brief_tokens INTEGER NOT NULL,
        plain_tokens INTEGER,
        is_estimate INTEGER NOT NULL,
        pinned INTEGER NOT NULL,
        command INTEGER,
        verdict TEXT NOT NULL,
        sender TEXT NOT NULL,
        covered_by INTEGER,
        first INTEGER,
        last INTEGER,
        facts TEXT NOT NULL,
        PRIMARY KEY (session_id, id)
    ) STRICT;
    CREATE UNIQUE INDEX message_commands ON messages (session_id, command, role, kind) WHERE command IS NOT NULL;
    CREATE INDEX live_messages ON messages (session_id, id) WHERE covered_by IS NULL;
    CREATE INDEX uncounted_messages ON messages (session_id) WHERE tokens IS NULL;
    CREATE TABLE decisions (
        session_id TEXT NOT NULL REFERENCES sessions (id),
        message INTEGER NOT NULL,
        text TEXT NOT NULL,
        why TEXT NOT NULL,
        alternatives TEXT NOT NULL,
        outcome TEXT NOT NULL,
        PRIMARY KEY (session_id, message)
    ) STRICT;
    CREATE TABLE looks (
        session_id TEXT NOT NULL REFERENCES sessions (id),
        looker TEXT NOT NULL,
        message INTEGER NOT NULL,
        time REAL NOT NULL,
        PRIMARY KEY (session_id, looker)
    ) STRICT;
    CREATE TABLE expansions (
        session_id TEXT PRIMARY KEY REFERENCES sessions (id),
        number INTEGER NOT NULL,
        tokens INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE mail (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL REFERENCES sessions (id),
        sender_id TEXT NOT NULL,
        sender TEXT NOT NULL,
        text TEXT NOT NULL,
        time REAL NOT NULL,
        read REAL
    ) STRICT;
    CREATE INDEX mail_of_sessions ON mail (session_id, id);
    """,
    # Whether a command was ended because its time was over, for clients that ask again.
    """
    ALTER TABLE commands ADD COLUMN timed_out INTEGER NOT NULL DEFAULT 0;
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema; raise `StorageError` when it is newer than this program."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StorageError(
            f"the database was written by a newer ai-session (schema {version}, this one knows {len(MIGRATIONS)})",
            "upgrade ai-session; nothing was changed.",
        )
    for number in range(version, len(MIGRATIONS)):
        connection.executescript(f"BEGIN IMMEDIATE;{MIGRATIONS[number]};PRAGMA user_version = {number + 1};COMMIT;")
