"""Reading the words of a call by what the subcommand declared, without `argparse`.

The subcommands declare their arguments as `argparse` wants it, and `argparse` explains them and every mistake. To
load it takes longer than most requests, so a call that is in order is read here: what is understood means what
`argparse` would make of it, and for anything else None is returned and `argparse` has its say. One thing is kinder:
options may stand between positional words.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Arguments:
    """What a call spelt, as attributes."""


class _Option:
    """One declared argument, by the few things that matter for reading it."""

    __slots__ = ("action", "choices", "const", "default", "dest", "group", "nargs", "required")

    def __init__(self, dest: str, group: _Group | None, settings: dict[str, object]) -> None:
        self.dest = dest
        self.group = group
        self.action = settings.get("action", "store")
        self.nargs = settings.get("nargs")
        self.const: object = True if self.action == "store_true" else settings.get("const")
        self.default: object = False if self.action == "store_true" else settings.get("default")
        choices = settings.get("choices")
        self.choices = choices if isinstance(choices, tuple) else None
        self.required = bool(settings.get("required"))


class _Group:
    """Options that exclude each other."""

    def __init__(self, declared: Declared, required: bool) -> None:
        self._declared = declared
        self.required = required

    def add_argument(self, *names: str, **settings: object) -> None:
        self._declared.declare(names, settings, self)


class Declared:
    """Stands in for an `argparse.ArgumentParser` where arguments are declared."""

    def __init__(self) -> None:
        self._options: dict[str, _Option] = {}
        self._positionals: list[_Option] = []
        self._groups: list[_Group] = []

    def add_argument(self, *names: str, **settings: object) -> None:
        """Note one argument."""
        self.declare(names, settings, None)

    def add_mutually_exclusive_group(self, *, required: bool = False) -> _Group:
        """Note a group of options of which one may be given."""
        self._groups.append(_Group(self, required))
        return self._groups[-1]

    def declare(self, names: tuple[str, ...], settings: dict[str, object], group: _Group | None) -> None:
        """Note one argument, perhaps of a group."""
        if names[0].startswith("-"):
            longest = next(name for name in names if name.startswith("--"))
            option = _Option(str(settings.get("dest", longest[2:].replace("-", "_"))), group, settings)
            self._options.update(dict.fromkeys(names, option))
        else:
            self._positionals.append(_Option(names[0], None, settings))

    def read(self, words: Sequence[str]) -> Arguments | None:
        """Return the arguments that the words spell, or None when they are not in order."""
        found = {option.dest: option.default for option in (*self._options.values(), *self._positionals)}
        given: list[_Option] = []
        plain: list[str] = []
        rest = iter(words)
        for word in rest:
            if not word.startswith("-") or word == "-":
                plain.append(word)
                continue
            name, equals, value = word.partition("=")
            option = self._options.get(name)
            if option is None:
                return None
            if option.action in ("store_true", "store_const"):
                if equals:
                    return None
                found[option.dest] = option.const
            else:
                text = value if equals else next(rest, None)
                if text is None or not _is_value(option, text, given_by_equals=bool(equals)):
                    return None
                found[option.dest] = text if option.action == "store" else [*_list(found[option.dest]), text]
            given.append(option)
        return self._settle(found, given, plain)

    def _settle(self, found: dict[str, object], given: list[_Option], plain: list[str]) -> Arguments | None:
        for group in self._groups:
            chosen = {id(option) for option in given if option.group is group}
            if len(chosen) > 1 or (group.required and not chosen):
                return None
        if any(option.required and option not in given for option in self._options.values()):
            return None
        for at, positional in enumerate(self._positionals):
            if positional.nargs == "*":
                if at != len(self._positionals) - 1:
                    return None
                found[positional.dest], plain = plain, []
            elif plain:
                if positional.choices is not None and plain[0] not in positional.choices:
                    return None
                found[positional.dest], plain = plain[0], plain[1:]
            elif positional.nargs != "?":
                return None
        if plain:
            return None
        arguments = Arguments()
        arguments.__dict__.update(found)
        return arguments


def _is_value(option: _Option, text: str, *, given_by_equals: bool) -> bool:
    if option.nargs is not None or option.action not in ("store", "append"):
        return False
    if text.startswith("-") and text != "-" and not given_by_equals:
        return False
    return option.choices is None or text in option.choices


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
