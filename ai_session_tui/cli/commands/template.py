"""`ai-session template`: the templates that there are, what one says, and files of one's own."""

from __future__ import annotations

import os

from ai_session_tui import figures
from ai_session_tui.cli import console
from ai_session_tui.cli.arguments import add_json
from ai_session_tui.errors import EXIT_OK, ConfigError, ConflictError, StorageError, UsageError
from ai_session_tui.paths import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ai_session_tui.templates import Found, Template

ACTIONS = ("list", "show", "new", "edit", "check")
EPILOG = """\
  list            all templates, one's own and the built-in ones
  show NAME       what one says
  new NAME        a file of one's own that explains itself; with --from a copy of another template
  edit NAME       open it in $VISUAL or $EDITOR, a built-in one as a copy of one's own, and check it after
  check [NAME]    say what is wrong with one, or with all, with the line

One's own are in the folder `templates` of the home. NAME may be the path of a file. Example:
  ai-session template new web --from react-dev && ai-session create --template web --var port=9000"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `template` takes."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, help="see below; default: list")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the template")
    parser.add_argument("--names", action="store_true", help="list: names only, one a line")
    parser.add_argument("--from", dest="source", metavar="NAME", help="new: copy this template")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """Do one of the five."""
    action, name = arguments.action or "list", arguments.name
    if (name is None) != (action == "list") and action != "check":
        raise UsageError(f"template {action} takes {'no name' if action == 'list' else 'a NAME'}")
    if arguments.source is not None and action != "new":
        raise UsageError("--from is for `template new`")
    folder = Home().templates
    if action == "list":
        return _names(folder) if arguments.names else _list(folder, as_json=arguments.json)
    if action == "show":
        return _show(folder, name, as_json=arguments.json)
    if action == "new":
        return _new(folder, name, arguments.source, as_json=arguments.json)
    if action == "edit":
        return _edit(folder, name, as_json=arguments.json)
    return _check(folder, name, as_json=arguments.json)


def _names(folder: str) -> int:
    from ai_session_tui.templates import list_templates

    for found in list_templates(folder):
        console.say(console.clean(found.name))
    return EXIT_OK


def _list(folder: str, *, as_json: bool) -> int:
    from ai_session_tui.templates import list_templates

    lines = []
    for found in list_templates(folder):
        try:
            template = found.template()
            what, panes, mistake = template.description, len(template.panes), None
        except ConfigError as error:
            what, panes, mistake = f"cannot be used: {error.message}", 0, error.message
        lines.append((found, what, panes, mistake))
    if as_json:
        shapes = [
            _shape(found) | {"description": "" if mistake else what, "panes": panes, "mistake": mistake}
            for found, what, panes, mistake in lines
        ]
        console.say_json({"templates": shapes})
        return EXIT_OK
    rows = [["NAME", "PANES", "FROM", "WHAT"]]
    rows += [
        [console.clean(found.name), str(panes or "-"), "built in" if found.is_builtin else "yours", console.clean(what)]
        for found, what, panes, _ in lines
    ]
    for line in figures.table(rows, [0, 0, 0, 0]):
        console.say(line)
    return EXIT_OK


def _show(folder: str, name: str, *, as_json: bool) -> int:
    from ai_session_tui.templates import find_template

    found = find_template(name, folder)
    file = found.read()
    if as_json:
        console.say_json(_shape(found) | _details(found.template()) | {"text": file.text})
        return EXIT_OK
    console.say(f"# {found.path}")
    console.say(file.text.rstrip("\n"))
    template = found.template()
    missing = _missing(template)
    if missing:
        console.note(f"not on the PATH here: {', '.join(map(console.clean, missing))}")
    return EXIT_OK


def _new(folder: str, name: str, source: str | None, *, as_json: bool) -> int:
    from ai_session_tui.templates import check_template_name, find_template
    from ai_session_tui.templates.files import SUFFIX, new_text

    check_template_name(name)
    path = os.path.join(folder, name + SUFFIX)
    text = new_text(name) if source is None else find_template(source, folder).read().text
    _write_new(path, text)
    if as_json:
        console.say_json({"name": name, "path": path})
    else:
        console.say(f"{path}")
        console.note(f"`ai-session template edit {name}` opens it, `ai-session create --template {name}` uses it")
    return EXIT_OK


def _write_new(path: str, text: str) -> None:
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        file = open(path, "x", encoding="utf-8", newline="")  # noqa: SIM115  # it is closed before it is removed
        try:
            with file:
                file.write(text)
        except OSError:
            os.remove(path)  # half a template is none
            raise
    except FileExistsError:
        raise ConflictError(f"{path} exists already", "`ai-session template edit` changes it.") from None
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error


def _edit(folder: str, name: str, *, as_json: bool) -> int:
    import shlex
    import subprocess

    from ai_session_tui.templates import find_template
    from ai_session_tui.templates.files import SUFFIX

    found = find_template(name, folder)
    path = found.path
    if found.is_builtin:
        path = os.path.join(folder, found.name + SUFFIX)
        _write_new(path, found.read().text)
        if not as_json:
            console.note(f"{found.name} is built in: this is a copy of yours, which goes before it")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        ended = subprocess.run([*shlex.split(editor), path], check=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"the editor {editor!r} cannot be started: {error}", "set EDITOR.") from None
    if ended.returncode != 0:
        console.note(f"{editor} ended with {ended.returncode}")
    return _check(folder, path, as_json=as_json)


def _check(folder: str, name: str | None, *, as_json: bool) -> int:
    from ai_session_tui.templates import find_template, list_templates

    wanted = list_templates(folder) if name is None else [find_template(name, folder)]
    mistakes = [mistake for found in wanted for mistake in _mistakes(found)]
    if as_json:
        console.say_json({"checked": [found.path for found in wanted], "mistakes": [one.to_wire() for one in mistakes]})
    else:
        for mistake in mistakes:
            console.say(console.clean(mistake.message) + (f" ({console.clean(mistake.hint)})" if mistake.hint else ""))
        if not mistakes:
            count = f"{len(wanted)} templates are" if name is None else f"{wanted[0].path} is"
            console.say(f"{count} in order")
    return ConfigError.exit_status if mistakes else EXIT_OK


def _mistakes(found: Found) -> list[ConfigError]:
    from ai_session_tui.templates import problems_of

    try:
        return problems_of(found.name, found.read())
    except ConfigError as error:
        return [error]


def _missing(template: Template) -> list[str]:
    import shutil

    return [program for program in template.requires if shutil.which(program) is None]


def note_missing(name: str) -> None:
    """Say which programs that a template is about are not there: its commands will fail."""
    from ai_session_tui.templates import find_template

    for program in _missing(find_template(name, Home().templates).template()):
        console.note(f"the template needs {console.clean(program)}, which is not on the PATH")


def _shape(found: Found) -> dict[str, object]:
    return {"name": found.name, "path": found.path, "is_builtin": found.is_builtin}


def _details(template: Template) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "description": template.description,
        "tags": list(template.tags),
        "requires": list(template.requires),
        "missing": _missing(template),
        "variables": [asdict(variable) for variable in template.variables],
        "panes": [asdict(pane) for pane in template.panes],
    }
