"""The programs that are recorded, their sizes and what is done with them. See `record.py`.

Run as `python -m tests.terminal.recipes [CASE…]` to record them again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.terminal.record import Await, End, Press, Quiet, Recipe, record, save

_PROGRAMS = Path(__file__).with_name("recorded_programs")

_CODE = (
    "#include <stdio.h>\n\n/* Sums: größer, 合計, ∑ */\n"
    + "".join(
        f'static int sum_{n}(int a, int b) {{\n\tconst char *text = "value %d\\n";\n\treturn a + b * {n};\n}}\n\n'
        for n in range(40)
    )
    + 'int main(void) {\n\tfor (int i = 0; i < 10; i++)\n\t\tprintf("%d\\n", sum_3(i, 2));\n\treturn 0;\n}\n'
)
_PROSE = "".join(
    f"{n:4} The quick brown fox jumps over the lazy dog, und der Käfer läuft über die Wiese — 狐 {'.' * (n % 60)}\n"
    for n in range(300)
)
_COLOURED = "".join(
    f"\x1b[{31 + n % 7}mtest_{n}\x1b[0m ... \x1b[1;32mPASSED\x1b[0m \x1b[38;5;{n % 256}m{n % 100}%\x1b[0m\n"
    for n in range(200)
)
_REPOSITORY = """
git init -q -b main . && git config user.name Ada && git config user.email ada@example.org
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    printf 'line %s\\n' $(seq $n) >file.txt && cp code.c "code_$n.c" && git add . &&
    GIT_AUTHOR_DATE="2024-01-$n 10:00:00 +0000" GIT_COMMITTER_DATE="2024-01-$n 10:00:00 +0000" \\
        git commit -q -m "Change number $n: make the thing better"
done
git branch side HEAD~5
"""
_FILES = (("code.c", _CODE), ("prose.txt", _PROSE), ("coloured.log", _COLOURED))


def _program(name: str) -> tuple[tuple[str, str], ...]:
    return ((name, (_PROGRAMS / name).read_text(encoding="utf-8")),)


RECIPES = (
    Recipe(
        "vim",
        "vim -u NONE -i NONE -N --cmd 'syntax on' --cmd 'set number hlsearch ruler mouse=a termguicolors' code.c",
        (
            *(Await("sum_0"), Press("\x06"), Quiet(), Press("/return\r"), Quiet(), Press("nn"), Quiet()),
            *(
                Press("oint größe = 合計;\x1b"),
                Await("größe"),
                Press(":split\r"),
                Quiet(),
                Press("\x05\x05\x05"),
                Quiet(),
            ),
            *(Press(":vsplit\r"), Quiet(), Press("ggVGd"), Quiet(), Press("u"), Quiet(), Press(":qall!\r"), End()),
        ),
        files=_FILES,
    ),
    Recipe(
        "vim-help-wide",
        "vim -u NONE -i NONE -N --cmd 'syntax on' --cmd 'set wrap' prose.txt",
        (
            Await("quick"),
            Press("G"),
            Quiet(),
            Press("50%"),
            Quiet(),
            Press("vjjj"),
            Quiet(),
            Press("\x04\x04"),
            Quiet(),
        ),
        (132, 43),
        files=_FILES,
    ),
    Recipe(
        "less",
        "less -R coloured.log",
        (
            *(Await("test_0"), Press(" "), Quiet(), Press("/test_77\r"), Await("test_77 "), Press("bbyy"), Quiet()),
            *(Press("G"), Await("(END)"), Press("kkkk"), Quiet(), Press("g"), Quiet(), Press("q"), End()),
        ),
        (100, 30),
        files=_FILES,
    ),
    Recipe(
        "less-search",
        "less -N prose.txt",
        (Await("quick"), Press("/fox\r"), Quiet(), Press("\x1b[C\x1b[C"), Quiet(), Press("dd"), Quiet()),
        (60, 18),
        files=_FILES,
    ),
    Recipe(
        "htop",
        "sh -c 'sleep 900 & sleep 901 & nice sleep 902 & htop'",
        (Await("Load"), Press("\x1b[B\x1b[B"), Quiet(), Press("t"), Quiet(), Press("\x1bOQ"), Await("Meters"), Quiet()),
        (120, 40),
    ),
    Recipe(
        "mc",
        "mc --nosubshell",
        (
            *(
                Await("coloured.log"),
                Press("\x1b[B\x1b[B\x1b[B"),
                Quiet(),
                Press("\x1bOR"),
                Quiet(),
                Press("\x1b[6~"),
                Quiet(),
            ),
            *(Press("\x1b[21~"), Quiet(), Press("\t"), Press("\x1b[20~"), Quiet(), Press("\x1b[B"), Quiet()),
        ),
        files=_FILES,
    ),
    Recipe(
        "tig",
        "tig",
        (
            *(Await("Change number 20"), Press("jjj"), Quiet(), Press("\r"), Await("diff --git"), Quiet()),
            *(Press("jjjjj"), Quiet(), Press("q"), Quiet(), Press("h"), Quiet()),
        ),
        (120, 30),
        prepare=_REPOSITORY,
        files=_FILES,
    ),
    Recipe(
        "fzf",
        'sh -c \'seq 1 2000 | sed "s/$/ entry größe 漢字/" | fzf --multi --border --preview "echo preview {}"\'',
        (Await("2000/2000"), Press("19"), Quiet(), Press("\x1b[A\x1b[A\t\t"), Quiet(), Press("\x7f7"), Quiet()),
        (80, 20),
    ),
    Recipe(
        "fzf-inline",
        "sh -c 'cat code.c | fzf --height 40% --reverse; echo done'",
        (Await("208/208"), Press("sum_1"), Quiet(), Press("\x1b[B\x1b[B"), Quiet(), Press("\r"), End()),
        (90, 25),
        files=_FILES,
    ),
    Recipe(
        "nano",
        "nano --ignorercfiles --linenumbers code.c",
        (
            *(
                Await("GNU nano"),
                Press("hello größe 漢字\r"),
                Quiet(),
                Press("\x16"),
                Quiet(),
                Press("\x17return\r"),
                Quiet(),
            ),
            *(Press("\x0b\x0b"), Quiet(), Press("\x18"), Quiet()),
        ),
        files=_FILES,
    ),
    Recipe(
        "emacs",
        "emacs -nw -Q code.c",
        (
            *(Await("sum_0"), Quiet(), Press("\x182"), Quiet(), Press("\x16\x16"), Quiet(), Press("\x18o"), Quiet()),
            *(Press("\x13return"), Quiet(), Press("\x13\x13\r"), Quiet(), Press("\x1bxdescribe-k\t"), Quiet()),
        ),
        files=_FILES,
    ),
    Recipe(
        "tmux-nested",
        "tmux -L nested -f tmux.conf new-session",
        (
            *(
                Await("#"),
                Press("cat coloured.log\r"),
                Quiet(),
                Press("\x02%"),
                Quiet(),
                Press("ls -l /usr\r"),
                Quiet(),
            ),
            *(
                Press('\x02"'),
                Quiet(),
                Press("cat prose.txt\r"),
                Quiet(),
                Press("\x02o"),
                Quiet(),
                Press("\x02[\x1b[5~"),
                Quiet(),
            ),
            *(Press("q\x02z"), Quiet(), Press("\x02z"), Quiet()),
        ),
        (110, 35),
        files=(*_FILES, ("tmux.conf", "set -g status-right ''\nset -g default-shell /bin/sh\nset -g mouse on\n")),
    ),
    Recipe(
        "fish",
        "fish",
        (
            *(
                Await("root@example"),
                Quiet(),
                Press("set -\t"),
                Quiet(),
                Press("\t\t\x1b[B"),
                Quiet(),
                Press("\x15"),
                Quiet(),
            ),
            *(Press("echo größe 漢字 | wc\r"), Quiet(), Press("string \t\t\x1b[B\x1b[C"), Quiet()),
        ),
        files=_FILES,
    ),
    Recipe(
        "zsh",
        "zsh -d -i",
        (
            *(
                Await("zsh>"),
                Press("print -P '%F{red}größe%f'\r"),
                Quiet(),
                Press("zstyle -\t\t"),
                Quiet(),
                Press("\x15"),
                Quiet(),
            ),
            *(Press("ls /usr/\t\t"), Quiet(), Press("\x1b[C\x1b[B"), Quiet()),
        ),
        files=(
            *_FILES,
            (
                ".zshrc",
                "PS1='zsh> '\nRPS1='%F{cyan}right%f'\nautoload -Uz compinit && compinit -u\nzmodload zsh/complist\n"
                "zstyle ':completion:*' menu select\nzstyle ':completion:*' list-colors ''\n",
            ),
        ),
    ),
    Recipe(
        "pip",
        "sh -c 'python3 registry.py python3 -m pip download --no-cache-dir --disable-pip-version-check --no-deps "
        "-d out --index-url http://127.0.0.1:8765/simple example-package'",
        (End(),),
        (100, 24),
        files=_program("registry.py"),
    ),
    Recipe(
        "npm",
        "sh -c 'python3 registry.py npm install --registry http://127.0.0.1:8765 --no-update-notifier --no-audit "
        "--no-fund example-package'",
        (End(),),
        (100, 24),
        files=_program("registry.py"),
    ),
    Recipe(
        "textual",
        f"{os.environ.get('RECORD_TEXTUAL_PYTHON', 'python3')} app.py",
        (
            *(
                Await("row 7"),
                Quiet(),
                Press("\t\tx"),
                Quiet(),
                Press("\x1b[B\x1b[B\x1b[B"),
                Quiet(),
                Press("\x10"),
                Quiet(),
            ),
            *(Press("\x1b"), Quiet(), Press("\x1b[<0;10;5M\x1b[<0;10;5m"), Quiet()),
        ),
        (100, 32),
        files=(("app.py", (_PROGRAMS / "app.py").read_text(encoding="utf-8")),),
    ),
    Recipe("ink", "python3 ink.py", (End(),), (90, 24), files=_program("ink.py")),
    Recipe("clear-frames", "python3 frames.py", (End(),), (160, 50), files=_program("frames.py")),
)


def main() -> None:
    """Record the named cases, or all."""
    wanted = sys.argv[1:]
    for recipe in RECIPES:
        if not wanted or recipe.name in wanted:
            recording = record(recipe)
            save(recipe.name, recording, recipe.size)
            print(f"{recipe.name}: {len(recording)} bytes")


if __name__ == "__main__":
    main()
