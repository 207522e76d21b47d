"""Exact commands: what runs in a shell, from its own mouth.

Every integrated shell prints marks, ``ESC ] 133 ; KIND ; n=NONCE [; key=value ...] ESC \\``. The nonce is 32 hex
digits, new for every spawn; the shell reads it from a file that it empties, keeps it in a variable that is never
exported, and prompts name the variable. A mark without the right nonce is text. Values are percent-encoded.

| kind | meaning | keys |
|---|---|---|
| A | the prompt begins | |
| B | the prompt is over, the shell waits for a line | `edit=0`: it has no line editor |
| P | a continuation prompt | |
| K | the exec file's text was taken | `x` id, `lines` it takes on the screen |
| R | it was not | `x`, `why`: line, continuation, running, repeated, incomplete |
| C | a command starts | `x` if it came by exec, `cmd` its text where known, `cwd`; `pad=1`: see `OutputStarted` |
| Z | the output is over; what follows is the shell's missing-newline sign | |
| D | the command ended | `code`, `x`, `cwd`; `idle=1`: no C came; `late=1`: said by the prompt itself |
| W | the working directory, where the shell cannot encode it | `raw`: everything up to the end |

The nonce stands in the recorded bytes, so bytes that leave the server go through `mask_nonce` first.
"""

from __future__ import annotations

from ai_session_tui.shells.events import (
    CommandEnded,
    CommandStarted,
    ExecAccepted,
    ExecRefused,
    Incomplete,
    OutputStarted,
    PaneState,
    PromptReady,
    TrackerEvent,
)
from ai_session_tui.shells.execs import forget_exec, prepare_exec, probe
from ai_session_tui.shells.marks import Mark, MarkKind, MarkScanner, NonceMasker, mask_nonce
from ai_session_tui.shells.newlines import NewlineRestorer, undo_onlcr
from ai_session_tui.shells.plan import ShellKind, SpawnPlan, default_shell, plan_command, plan_shell, shell_kind
from ai_session_tui.shells.tracker import CommandTracker

__all__ = [
    "CommandEnded",
    "CommandStarted",
    "CommandTracker",
    "ExecAccepted",
    "ExecRefused",
    "Incomplete",
    "Mark",
    "MarkKind",
    "MarkScanner",
    "NewlineRestorer",
    "NonceMasker",
    "OutputStarted",
    "PaneState",
    "PromptReady",
    "ShellKind",
    "SpawnPlan",
    "TrackerEvent",
    "default_shell",
    "forget_exec",
    "mask_nonce",
    "plan_command",
    "plan_shell",
    "prepare_exec",
    "probe",
    "shell_kind",
    "undo_onlcr",
]
