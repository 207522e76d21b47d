"""`ai-session config`: the settings in force, where each comes from, and how to change them."""

from __future__ import annotations

from ai_session_tui import figures
from ai_session_tui.cli import console, linking
from ai_session_tui.cli.arguments import add_json
from ai_session_tui.errors import EXIT_OK, ConfigError, UsageError
from ai_session_tui.paths import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from ai_session_tui.config import Decided

ACTIONS = ("show", "get", "set", "unset", "path", "check")
EPILOG = """\
  show              every setting, its value, and where that comes from
  get KEY           one value
  set KEY VALUE     write it to config.toml; comments in it stay
  unset KEY         take it out again: the default holds
  path              where config.toml is
  check             read config.toml and say what is wrong with it, with the line

The environment goes before the file, a flag before both. The server reads the file when it starts; `ai-session
server restart` keeps every session alive. Examples:
  ai-session config set journal_limit_mb 64
  ai-session config set prices.my-model.input 2.5"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `config` takes."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, help="see below; default: show")
    parser.add_argument("key", nargs="?", metavar="KEY", help="get, set, unset: the setting")
    parser.add_argument("value", nargs="?", metavar="VALUE", help="set: its value")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Do one of the six."""
    action = arguments.action or "show"
    _check_words(action, arguments.key, arguments.value)
    path = Home().config
    if action in ("set", "unset"):
        return _change(path, arguments)
    if action == "get":
        return _get(path, arguments)
    if action == "path":
        return _say(path, {"path": path}, as_json=arguments.json)
    if action == "check":
        return _check(path, as_json=arguments.json)
    from ai_session_tui.config import decide

    decided = decide(path)
    if arguments.json:
        console.say_json({"path": path, "settings": {key: _shape(found) for key, found in decided.items()}})
    else:
        for line in _table(decided):
            console.say(line)
    return EXIT_OK


def _check_words(action: str, key: str | None, value: str | None) -> None:
    wanted = {"get": 1, "set": 2, "unset": 1}.get(action, 0)
    given = (key is not None) + (value is not None)
    if given != wanted:
        words = {0: "nothing", 1: "a KEY", 2: "a KEY and a VALUE"}[wanted]
        raise UsageError(f"config {action} takes {words}", "`ai-session help config` explains it.")


def _get(path: str, arguments: Namespace) -> int:
    from ai_session_tui.config import check_key, decide

    key = check_key(arguments.key).key
    found = decide(path)[key]
    return _say(_spell(found.value), {"key": key} | _shape(found), as_json=arguments.json)


def _change(path: str, arguments: Namespace) -> int:
    from ai_session_tui.config_editing import set_value, unset

    key: str = arguments.key
    if arguments.action == "unset":
        was_there = unset(path, key)
        return _say(
            f"{key} is out of {path}" if was_there else f"{key} was not in {path}",
            {"key": key, "path": path, "changed": was_there},
            as_json=arguments.json,
        )
    value = set_value(path, key, arguments.value)
    _say(
        f"{console.clean(key)} = {console.clean(arguments.value)} in {path}",
        {"key": key, "value": value, "path": path},
        as_json=arguments.json,
    )
    if not arguments.json:
        _remind()
    return EXIT_OK


def _remind() -> None:
    connection = linking.connect_if_running()
    if connection is not None:
        connection.close()
        console.note(
            "the server that runs goes on with what it read: `ai-session server restart` (sessions stay alive)"
        )


def _check(path: str, *, as_json: bool) -> int:
    from ai_session_tui.config import mistakes

    found = mistakes(path)
    if as_json:
        console.say_json({"path": path, "mistakes": [mistake.to_wire() for mistake in found]})
    else:
        for mistake in found:
            console.say(console.clean(mistake.message) + (f" ({console.clean(mistake.hint)})" if mistake.hint else ""))
        if not found:
            console.say(f"{path} is in order")
    return ConfigError.exit_status if found else EXIT_OK


def _say(text: str, value: dict[str, object], *, as_json: bool) -> int:
    if as_json:
        console.say_json(value)
    else:
        console.say(console.clean(text))
    return EXIT_OK


def _table(decided: Mapping[str, Decided]) -> list[str]:
    rows = [["SETTING", "VALUE", "FROM"]]
    rows += [[key, console.clean(_spell(found.value)), console.clean(found.source)] for key, found in decided.items()]
    return figures.table(rows, [0, 40, 0])


def _spell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(f"{price.model} {price.input:g}" for price in value)
    return str(value)


def _shape(found: Decided) -> dict[str, object]:
    value = found.value
    if isinstance(value, tuple):
        value = [{"model": price.model, "input": price.input, "date": price.date} for price in value]
    return {"value": value, "source": found.source.kind, "place": found.source.place or None}
