"""Plan how a pane's program is started, with shell integration where a shell is meant.

Invariant: the user's files are never touched and all of them still run; what we need is written into the pane's
own folder (0700), and the nonce into a file (0600) that the integration empties once it has read it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

_SCRIPTS = os.path.join(os.path.dirname(__file__), "scripts")


class ShellKind(Enum):
    """The shells that can be integrated; `NONE` is any other program."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    SH = "sh"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SpawnPlan:
    """What to execute: the arguments, the whole environment, and the shell whose marks will come."""

    argv: tuple[str, ...]
    env: dict[str, str]
    kind: ShellKind


_KINDS = {
    "bash": ShellKind.BASH,
    "zsh": ShellKind.ZSH,
    "fish": ShellKind.FISH,
    "sh": ShellKind.SH,
    "dash": ShellKind.SH,
    "ash": ShellKind.SH,
}
# The arguments after which a shell is still a plain interactive shell: argument -> what it means to us.
_LOGIN, _NO_RC, _NOTHING = "login", "norc", ""
_BASH_ARGUMENTS = {"-i": _NOTHING, "-l": _LOGIN, "--login": _LOGIN, "--norc": _NO_RC, "-il": _LOGIN, "-li": _LOGIN}
_PLAIN_ARGUMENTS = {"-i": _NOTHING, "-l": _LOGIN, "--login": _LOGIN, "--interactive": _NOTHING}
_SH_ARGUMENTS = {"-i": _NOTHING, "-l": _LOGIN}


def default_shell(env: Mapping[str, str]) -> str:
    """Return the user's shell: `$SHELL` if it can be run, else the password file's, else `/bin/sh`.

    On Windows `%COMSPEC%`, else cmd.exe.
    """
    if sys.platform == "win32":
        return env.get("COMSPEC") or "cmd.exe"
    import pwd

    candidates = [env.get("SHELL", "")]
    with contextlib.suppress(KeyError):  # a user without an entry, as containers have them
        candidates.append(pwd.getpwuid(os.getuid()).pw_shell)
    for shell in candidates:
        if os.path.isabs(shell) and os.path.isfile(shell) and os.access(shell, os.X_OK):
            return shell
    return "/bin/sh"


def shell_kind(program: str) -> ShellKind:
    """Return the kind of a program by its name; a leading `-` and version endings as in `bash-5.2` are ignored."""
    name = os.path.basename(program).lstrip("-")
    return _KINDS.get(name) or _KINDS.get(name.rstrip("0123456789.").rstrip("-"), ShellKind.NONE)


def plan_shell(
    shell: str, folder: str, nonce: str, env: Mapping[str, str], *, login: bool = False, integrate: bool = True
) -> SpawnPlan:
    """Plan an interactive shell and write into `folder` what its integration reads; `OSError` if that fails.

    Each spawn needs a fresh plan: the shell empties the nonce file. An unknown shell is spawned as it is.
    """
    return _plan(shell, folder, nonce, env, login=login, integrate=integrate, norc=False)


def plan_command(
    argv: Sequence[str], env: Mapping[str, str], folder: str = "", nonce: str = "", *, integrate: bool = True
) -> SpawnPlan:
    """Plan a pane that runs a program; a shell whose arguments leave it interactive is integrated.

    Without `folder` and `nonce` nothing is integrated.
    """
    kind = shell_kind(argv[0])
    known = {ShellKind.BASH: _BASH_ARGUMENTS, ShellKind.SH: _SH_ARGUMENTS}.get(kind, _PLAIN_ARGUMENTS)
    if kind is ShellKind.NONE or not folder or not nonce or not all(word in known for word in argv[1:]):
        return SpawnPlan(tuple(argv), dict(env), ShellKind.NONE)
    meanings = {known[word] for word in argv[1:]}
    return _plan(argv[0], folder, nonce, env, login=_LOGIN in meanings, integrate=integrate, norc=_NO_RC in meanings)


def _plan(
    shell: str, folder: str, nonce: str, env: Mapping[str, str], *, login: bool, integrate: bool, norc: bool
) -> SpawnPlan:
    kind = shell_kind(shell)
    flags = ("-l",) if login and kind is not ShellKind.NONE else ()
    if kind is ShellKind.NONE or not integrate:
        plain = (shell, *(("--norc",) if norc else ()), *flags)
        return SpawnPlan(plain, dict(env), ShellKind.NONE)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    os.chmod(folder, 0o700)
    write_private(os.path.join(folder, "nonce"), nonce.encode("ascii") + b"\n")
    argv, changes = _PLANNERS[kind](shell, os.path.abspath(folder), env, flags, norc)
    return SpawnPlan(argv, {**env, **changes}, kind)


_Plan = tuple[tuple[str, ...], dict[str, str]]


def _plan_bash(shell: str, folder: str, env: Mapping[str, str], flags: tuple[str, ...], norc: bool) -> _Plan:
    script = _install("bash.bash", folder, "bash.bash")
    changes = {"AI_SESSION_SHELL_FOLDER": folder, "AI_SESSION_SHELL_START": "norc" if norc else ""}
    if not flags and not norc:
        return (shell, "--rcfile", script, "-i"), changes
    # A login shell ignores --rcfile, and --norc too; an interactive POSIX shell reads $ENV instead of its files.
    changes |= {"ENV": script, "AI_SESSION_SHELL_POSIX": "1"}
    if "ENV" in env:
        changes["AI_SESSION_SHELL_ENV"] = env["ENV"]
    return (shell, "--posix", *flags, "-i"), changes


def _plan_zsh(shell: str, folder: str, env: Mapping[str, str], flags: tuple[str, ...], norc: bool) -> _Plan:
    _install("zsh.zsh", folder, ".zshenv")
    changes = {"AI_SESSION_SHELL_FOLDER": folder, "ZDOTDIR": folder}
    if "ZDOTDIR" in env:
        changes["AI_SESSION_SHELL_ZDOTDIR"] = env["ZDOTDIR"]
    return (shell, *flags, "-i"), changes


def _plan_fish(shell: str, folder: str, env: Mapping[str, str], flags: tuple[str, ...], norc: bool) -> _Plan:
    _install("fish.fish", folder, "fish.fish")
    start = 'source "$AI_SESSION_SHELL_FOLDER/fish.fish"'
    return (shell, *flags, "-i", "--init-command", start), {"AI_SESSION_SHELL_FOLDER": folder}


def _plan_sh(shell: str, folder: str, env: Mapping[str, str], flags: tuple[str, ...], norc: bool) -> _Plan:
    changes = {"AI_SESSION_SHELL_FOLDER": folder, "ENV": _install("sh.sh", folder, "sh.sh")}
    if "ENV" in env:
        changes["AI_SESSION_SHELL_ENV"] = env["ENV"]
    return (shell, *flags, "-i"), changes


_PLANNERS = {
    ShellKind.BASH: _plan_bash,
    ShellKind.ZSH: _plan_zsh,
    ShellKind.FISH: _plan_fish,
    ShellKind.SH: _plan_sh,
}


def _install(script: str, folder: str, name: str) -> str:
    """Copy a script of ours into the folder, so that an upgrade of the program changes nothing under a shell."""
    path = os.path.join(folder, name)
    shutil.copyfile(os.path.join(_SCRIPTS, script), path)
    os.chmod(path, 0o600)
    return path


def write_private(path: str, data: bytes) -> None:
    """Write a new file (0600) in place of an old one; whoever still reads the old one keeps it.

    Removing first is four times as fast as renaming over: ext4 flushes a file that replaces another (0.05 ms
    against 0.22). Readers are told of the file only once it is written, so nobody sees the gap.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
