"""`python -m ai_session_tui.cli.settings_reference` prints docs/configuration.md, made from the table of settings."""

from __future__ import annotations

import sys

from ai_session_tui.config import SETTINGS
from ai_session_tui.prices import PRICES

_HEAD = """\
# Configuration

This page is made from the program itself (`make docs`).

Settings live in `config.toml` in the home (`~/.ai-session`, or `$AI_SESSION_HOME`). The file is optional, and so is
every line of it. A value is decided in this order: **flag** of the call, **environment**, **file**, **default**. A
setting that does not exist, or a value that cannot be, is an error that names the file and the line.

```sh
ai-session config                              # every setting, its value, and where that comes from
ai-session config get rows
ai-session config set journal_limit_mb 64      # your comments in the file stay
ai-session config unset journal_limit_mb
ai-session config check                        # everything that is wrong with the file; exit status 2 if anything is
```

The server reads the file when it starts: `ai-session server restart` keeps every session alive.

## Settings

| setting | default | environment | meaning |
|---|---|---|---|
"""

_ENVIRONMENT = """
## Environment

| variable | meaning |
|---|---|
| `AI_SESSION_HOME` | the home folder; default `~/.ai-session` |
| `AI_SESSION_MAX_TOKENS`, `AI_SESSION_COMPRESSION`, `AI_SESSION_LOG` | the settings above |
| `RUST_LOG` | another name for `AI_SESSION_LOG`, as far as it says something about everything |
| `NO_COLOR` | no colours in what the subcommands print |

Inside a session these are set for its programs: `AI_SESSION_HOME`, `AI_SESSION_ID`, `AI_SESSION_PANE` (number),
`AI_SESSION_PANE_ID`.

## Prices

`stats` tells what the saved tokens would have cost, with the list price of one model (setting `model`) for input that
is not cached. The price is shown with the figure. These are built in; put your own over them:

```toml
model = "my-model"

[prices."my-model"]
input = 2.5           # dollars for a million input tokens
date = "2026-01"
```

| model | dollars for a million input tokens | as of |
|---|---:|---|
"""


def settings_reference() -> str:
    """Return the page."""
    rows = [
        f"| `{setting.key}` | {_default(setting.default)} | {f'`{setting.variable}`' if setting.variable else ''}"
        f" | {setting.help.replace('|', chr(92) + '|')} |"
        for setting in SETTINGS.values()
    ]
    prices = [f"| {price.model} | {price.input:.2f} | {price.date} |" for price in PRICES]
    return _HEAD + "\n".join(rows) + "\n" + _ENVIRONMENT + "\n".join(prices) + "\n"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, tuple):
        return "see below"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(settings_reference())
