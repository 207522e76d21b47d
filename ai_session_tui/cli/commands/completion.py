"""`ai-session completion bash|zsh|fish`: completion, made from the parsers, so that it knows what they know.

Names of sessions are asked for when they are needed (`ai-session list --names`); everything else is in the script.
"""

from __future__ import annotations

from ai_session_tui.cli import console
from ai_session_tui.cli.arguments import SESSION
from ai_session_tui.errors import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Action, ArgumentParser, Namespace

EPILOG = """\
Examples:
  bash   eval "$(ai-session completion bash)"      in ~/.bashrc
  zsh    eval "$(ai-session completion zsh)"       in ~/.zshrc, behind compinit
  fish   ai-session completion fish | source      in ~/.config/fish/config.fish"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what `completion` takes."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell to complete in")


def run(arguments: Namespace) -> int:
    """Print the script."""
    scripts = {"bash": bash, "zsh": zsh, "fish": fish}
    console.say(scripts[arguments.shell]())
    return EXIT_OK


class _Choices:
    """What may follow one subcommand."""

    def __init__(self, name: str, help: str) -> None:
        from ai_session_tui.cli.catalog import find
        from ai_session_tui.cli.parsers import build_parser

        subcommand = find(name)
        assert subcommand is not None
        actions = build_parser(subcommand)._actions
        self.name = name
        self.help = help
        self.options = [action for action in actions if action.option_strings]
        positional = [action for action in actions if not action.option_strings]
        self.takes_sessions = any(action.metavar == SESSION for action in positional)
        self.takes_many = any(action.metavar == SESSION and action.nargs == "*" for action in positional)
        self.words = [str(word) for action in positional for word in action.choices or ()]
        if name == "help":
            self.words = [subcommand.name for subcommand in _all()]

    def flags(self) -> list[str]:
        return [flag for action in self.options for flag in action.option_strings if flag.startswith("--")]


def _all() -> list[_Named]:
    from ai_session_tui.cli.catalog import subcommands

    return [_Named(subcommand.name, subcommand.help) for subcommand in subcommands()]


class _Named:
    def __init__(self, name: str, help: str) -> None:
        self.name = name
        self.help = help


def _choices() -> list[_Choices]:
    return [_Choices(subcommand.name, subcommand.help) for subcommand in _all()]


_TEMPLATES = "ai-session template list --names 2>/dev/null"


def bash() -> str:
    """Return the script for bash."""
    cases = []
    for choices in _choices():
        values = " ".join(
            f"{flag}) COMPREPLY=($(compgen -W '{' '.join(map(str, action.choices))}' -- \"$word\")); return ;;"
            for action in choices.options
            if action.choices
            for flag in action.option_strings
        )
        files = "|".join(flag for flag in choices.flags() if flag in ("--dir",))
        if files:
            values += f' {files}) COMPREPLY=($(compgen -d -- "$word")); return ;;'
        if "--template" in choices.flags():
            values += f' --template) COMPREPLY=($(compgen -W "$({_TEMPLATES})" -- "$word")); return ;;'
        cases.append(
            f"    {choices.name})"
            + (f' case "$before" in {values} esac;' if values else "")
            + f" options='{' '.join(choices.flags())}'; words='{' '.join(choices.words)}';"
            + f" sessions={_how_many(choices)} ;;"
        )
    names = " ".join(choices.name for choices in _all())
    return _BASH.format(names=names, cases="\n".join(cases))


def _how_many(choices: _Choices) -> str:
    return "many" if choices.takes_many else "one" if choices.takes_sessions else "none"


_BASH = """\
_ai_session() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} options='' words='' sessions=none name
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{names} --help --version' -- "$word"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
    return
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ "$sessions" = many ] || {{ [ "$sessions" = one ] && [ "$COMP_CWORD" -eq 2 ]; }}; then
    while IFS= read -r name; do
      [[ $name == "$word"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
    done < <(ai-session list --names 2>/dev/null)
  fi
}}
complete -F _ai_session ai-session"""


def zsh() -> str:
    """Return the script for zsh."""
    names = "\n".join(f"    {_quoted(f'{named.name}:{named.help}')}" for named in _all())
    cases = []
    for choices in _choices():
        specs = [_zsh_option(action) for action in choices.options]
        if choices.takes_sessions:
            specs.append("'*:session:_ai_session_names'" if choices.takes_many else "'1:session:_ai_session_names'")
        if choices.words:
            specs.append(_quoted(f"1:word:({' '.join(choices.words)})"))
        cases.append(f"    {choices.name}) _arguments {' '.join(specs)} ;;")
    return _ZSH.format(names=names, cases="\n".join(cases))


def _zsh_option(action: Action) -> str:
    flags = [flag for flag in action.option_strings if flag.startswith("--")]
    help_text = (action.help or "").replace("[", "(").replace("]", ")").replace(":", " -")
    value = ""
    if action.nargs != 0:
        what = (
            "_ai_session_templates"
            if "--template" in flags
            else "_directories"
            if "--dir" in flags
            else f"({' '.join(map(str, action.choices))})"
            if action.choices
            else ""
        )
        value = f":{str(action.metavar or action.dest).replace(':', ' ')}:{what}"
    many = "*" if type(action).__name__ == "_AppendAction" else ""
    return " ".join(_quoted(f"{many}{flag}[{help_text}]{value}") for flag in flags)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_ZSH = """\
_ai_session_names() {{
  local -a names
  names=("${{(@f)$(ai-session list --names 2>/dev/null)}}")
  [[ -n $names ]] && compadd -a names
}}
_ai_session_templates() {{
  local -a names
  names=("${{(@f)$(ai-session template list --names 2>/dev/null)}}")
  [[ -n $names ]] && compadd -a names
}}
_ai_session() {{
  local -a subcommands
  subcommands=(
{names}
  )
  if (( CURRENT == 2 )); then
    _describe subcommand subcommands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
{cases}
  esac
}}
compdef _ai_session ai-session"""


def fish() -> str:
    """Return the script for fish."""
    lines = ["complete -c ai-session -f"]
    for choices in _choices():
        first = f"complete -c ai-session -n __fish_use_subcommand -a {choices.name} -d {_fish(choices.help)}"
        inside = f"complete -c ai-session -n '__fish_seen_subcommand_from {choices.name}'"
        lines.append(first)
        for action in choices.options:
            for flag in action.option_strings:
                if not flag.startswith("--"):
                    continue
                value = ""
                if action.nargs != 0:
                    value = " -x" + (f" -a {_fish(' '.join(map(str, action.choices)))}" if action.choices else "")
                    value = " -x -a '(__fish_complete_directories)'" if flag == "--dir" else value
                    value = f" -x -a '({_TEMPLATES})'" if flag == "--template" else value
                lines.append(f"{inside} -l {flag[2:]}{value} -d {_fish(action.help or '')}")
        if choices.takes_sessions:
            lines.append(f"{inside} -a '(ai-session list --names 2>/dev/null)'")
        if choices.words:
            lines.append(f"{inside} -a {_fish(' '.join(choices.words))}")
    return "\n".join(lines)


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
