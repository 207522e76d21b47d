"""The project and the 200 commands of a working day: tests that fail and are mended, builds, searches, re-reads, polls.

Everything is made up from one seed, so the same day is lived again each time; the commands are really run. `needs` are
strings that whoever gave the command goes on with: the failing assertion, the line that was looked for, the error.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MODULES = 20
FUNCTIONS = 9
CYCLES = 10
PYTEST = f"{sys.executable} -m pytest -p no:cacheprovider"
RUFF = f"{sys.executable} -m ruff check --isolated --no-cache"

_SERVICE = """\
import logging, random, sys
random.seed(int(sys.argv[1]))
logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
log = logging.getLogger("orders")
for number in range(1800):
    log.info("order %d of customer %d booked in %d ms", number, random.randrange(900), random.randrange(80))
    if number == 1203:
        try:
            raise TimeoutError(f"ledger {sys.argv[1]} did not answer within 30 s")
        except TimeoutError:
            log.exception("order %d was not booked", number)
    if number % 450 == 449:
        log.warning("queue is at %d %%", random.randrange(80, 99))
"""
_POLL = """\
import sys
step = int(sys.argv[1])
print("NAME                     READY   STATUS      RESTARTS   AGE")
for pod in range(40):
    print(f"web-{pod:02}-7d9f8b6c5-x{pod:02}k   1/1     Running     0          {step + 3}m")
state = "Pending" if step < 4 else "Running" if step < 9 else "Error"
print(f"migrate-job-q8z          0/1     {state:12}0          {step}m")
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, what is changed before it, and what its reader goes on with."""

    command: str
    needs: tuple[str, ...] = ()
    edit: Callable[[], None] | None = None


def _module(number: int) -> str:
    functions = "\n\n".join(
        textwrap.dedent(f'''\
        def price_{number}_{index}(amount, rate={index + 2}):
            """Return the price of so many things of kind {index}, as the price list of shop {number} has it."""
            if amount < 0:
                raise ValueError(f"amount must not be negative, got {{amount}}")
            total = 0
            for _ in range(amount):
                total += rate
            return total
        ''')
        for index in range(FUNCTIONS)
    )
    return f'"""Prices of shop {number}."""\n\n\n{functions}'


def _tests(number: int) -> str:
    tests = "\n\n".join(
        textwrap.dedent(f"""\
        @pytest.mark.parametrize("amount", range(6))
        def test_price_{index}(amount):
            assert price_{number}_{index}(amount) == amount * {index + 2}
        """)
        for index in range(FUNCTIONS)
    )
    names = ", ".join(f"price_{number}_{index}" for index in range(FUNCTIONS))
    return f"import pytest\nfrom shop.mod_{number} import ({names})\n\n\n{tests}"


class Project:
    """The folder that is worked in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> None:
        """Write all files."""
        for number in range(MODULES):
            self.write(f"shop/mod_{number}.py", _module(number))
            self.write(f"tests/test_mod_{number}.py", _tests(number))
        self.write("shop/__init__.py", "")
        self.write("conftest.py", "")
        self.write("service.py", _SERVICE)
        self.write("poll.py", _POLL)
        rows = "\n".join(
            f"{i},customer-{i % 97},{i * 7 % 1000 / 10},{'REFUNDED' if i == 777 else 'PAID'}" for i in range(1500)
        )
        self.write("orders.csv", f"id,customer,total,state\n{rows}\n")
        for number in range(16):
            unused = f"int spare_{number};" if number % 5 == 0 else ""
            self.write(f"native/part_{number}.c", f"int part_{number}(int x) {{ {unused} return x + {number}; }}\n")
        calls = " + ".join(f"part_{number}(1)" for number in range(16))
        declared = "".join(f"int part_{number}(int);\n" for number in range(16))
        self.write("native/main.c", f"{declared}int main(void) {{ return ({calls}) == 0; }}\n")
        self.write("native/Makefile", _makefile())

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def replace(self, name: str, old: str, new: str, count: int = 1) -> Callable[[], None]:
        """Return the edit that exchanges a text of a file."""

        def edit() -> None:
            path = self.folder / name
            path.write_text(path.read_text().replace(old, new, count))

        return edit


def _makefile() -> str:
    objects = " ".join(f"part_{number}.o" for number in range(16))
    return (
        f"all: app\napp: main.o {objects}\n\tcc -o $@ $^\n"
        "%.o: %.c\n\tcc -O2 -Wall -Wextra -DNDEBUG -DVERSION=3 -c -o $@ $<\nclean:\n\trm -f *.o app\n"
    )


def steps(project: Project) -> Iterator[Step]:
    """Yield the day."""
    yield from _morning()
    for cycle in range(CYCLES):
        yield from _bug(project, cycle * 2, cycle)
        if cycle % 3 == 2:
            yield from _round(project, cycle)
    yield from _polling(12)
    yield from _evening()


def _morning() -> Iterator[Step]:
    yield Step(
        "git init -q . && git config user.email a@b.test && git config user.name Dev && git add . && git commit -qm one"
    )
    yield Step("ls -la", ("shop", "tests", "native"))
    yield Step("find . -name '*.py' -not -path './.git/*'", ("mod_7.py",))
    yield Step("git status")
    yield Step("wc -l shop/*.py tests/*.py", ("total",))
    yield Step(f"{PYTEST} -v", ("1080 passed",))
    yield Step("cat orders.csv", ("id,customer,total,state", "REFUNDED"))
    yield Step("env | sort | head -40")
    yield Step(f"{sys.executable} service.py 0", ("ledger 0 did not answer within 30 s", "order 1203 was not booked"))


def _bug(project: Project, number: int, cycle: int) -> Iterator[Step]:
    """Yield a bug that is found, looked at, mended wrongly, mended, and committed."""
    name, index = f"shop/mod_{number}.py", cycle % FUNCTIONS
    head = f"def price_{number}_{index}("
    rate = index + 2
    wrong = project.replace(name, f"{head}amount, rate={rate})", f"{head}amount, rate={rate + 1})")
    yield Step(f"{PYTEST} -q", (f"test_price_{index}[1]", f"assert {rate + 1} == (1 * {rate})", "5 failed"), wrong)
    yield Step(f"{PYTEST} tests/test_mod_{number}.py", (f"test_price_{index}[5]", "5 failed"))
    yield Step(f"grep -rn 'price_{number}_{index}' .", (f"./shop/mod_{number}.py", f"./tests/test_mod_{number}.py"))
    yield Step(f"cat {name}", (f"{head}amount, rate={rate + 1})", "raise ValueError"))
    yield Step("git diff", (f"-{head}amount, rate={rate})", f"+{head}amount, rate={rate + 1})"))
    broken = project.replace(
        name, f"{head}amount, rate={rate + 1})", f"{head}amount, rate={rate})\n    total += surplus"
    )
    missing = project.replace(name, f"rate={rate})\n    total += surplus:", f"rate={rate}):\n    amount += surplus")
    yield Step(f"{PYTEST} tests/test_mod_{number}.py", ("SyntaxError", f"mod_{number}.py"), broken)
    yield Step(f"{PYTEST} tests/test_mod_{number}.py", ("name 'surplus' is not defined", "6 failed"), missing)
    yield Step(f"{RUFF} shop", ("F821", "surplus", f"mod_{number}.py:"))
    yield Step(f"sed -n 1,30p {name}", ("Prices of shop",))
    mended = project.replace(name, "    amount += surplus\n", "")
    yield Step(f"{PYTEST} tests/test_mod_{number}.py", ("54 passed",), mended)
    yield Step(f"{PYTEST} -q", ("1080 passed",))
    note = project.replace(
        name, f'"""Prices of shop {number}."""', f'"""Prices of shop {number}; checked in round {cycle}."""'
    )
    yield Step("git diff", (f"checked in round {cycle}",), note)
    yield Step(f"git commit -am 'Mend the price list of shop {number}'", ("1 file changed",))
    yield Step("git log --oneline", (f"Mend the price list of shop {number}",))
    yield Step("git status", ("nothing to commit",))


def _round(project: Project, cycle: int) -> Iterator[Step]:
    """Yield a build, with a mistake and without, and a service's log."""
    if shutil.which("cc"):
        yield Step("make -C native clean all", ("unused variable", "part_10.c"))
        bad = project.replace("native/part_3.c", "return x + 3", "return y + 3")
        yield Step("make -C native", ("part_3.c:1", "undeclared", "Error 1"), bad)
        good = project.replace("native/part_3.c", "return y + 3", "return x + 3")
        yield Step("make -C native", (), good)
    yield Step(f"{sys.executable} service.py {cycle}", (f"ledger {cycle} did not answer within 30 s",))
    yield Step(f"{sys.executable} service.py {cycle} | grep -c booked", ("1801",))
    yield Step("git log --stat -5", ("Mend the price list",))


def _polling(times: int) -> Iterator[Step]:
    for step in range(times):
        state = "Pending" if step < 4 else "Running" if step < 9 else "Error"
        changed = (state,) if step in (0, 4, 9) else ()
        yield Step(f"{sys.executable} poll.py $POLL", changed, lambda step=step: _set_poll(step))  # type: ignore[misc]


def _set_poll(step: int) -> None:
    import os

    os.environ["POLL"] = str(step)


def _evening() -> Iterator[Step]:
    yield Step(f"{PYTEST} -v", ("1080 passed",))
    yield Step(f"{RUFF} .", ("All checks passed",))
    yield Step("git shortlog -sn HEAD", ("Dev",))
    yield Step("git diff HEAD~5 --stat", ("5 files changed",))
    yield Step("du -ah . | sort -h | tail -40")
    yield Step("git show HEAD", ("Mend the price list",))
    yield Step("git log -p -2", ("Mend the price list",))
    yield Step("cat orders.csv", ("id,customer,total,state",))
    yield Step(f"{sys.executable} -m pip list", ("pytest",))
    yield Step("ps aux", ("PID",))
    yield Step("python-that-is-not-there --version", ("not found",))
