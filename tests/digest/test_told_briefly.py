"""What is told of a failure, a record or a table that is not told in full."""

from __future__ import annotations

from ai_session_tui.digest import digest_output
from ai_session_tui.parsers.output import as_output
from ai_session_tui.parsers.registry import best


def digest(text: str, command: str, exit_code: int = 0) -> str:
    return digest_output([text.encode()], command, exit_code).text


def _jest(number: int, want: str, got: str) -> str:
    return (
        f"  ● price list › formats article {number}\n\n    expect(received).toBe(expected) // Object.is equality\n\n"
        f'    Expected: "{want}"\n    Received: "{got}"\n\n      at Object.toBe (test/prices.test.js:{number}:98)\n\n'
    )


def test_both_sides_of_every_assertion_are_told_however_many_are_alike() -> None:
    failures = "".join(_jest(number, f"EUR {number}'000", f"EUR {number},000") for number in range(1, 10))
    text = digest(
        f" FAIL  test/prices.test.js\n{failures}Tests:       9 failed, 9 total\nTest Suites: 1 failed, 1 total\n",
        "jest",
        1,
    )
    assert all(f"EUR {number}'000" in text and f"EUR {number},000" in text for number in range(1, 10))


def _pytest(names: list[str]) -> str:
    sections = "".join(
        f"{f' TestPrice.test_tax[{name}] ':_^120}\n"
        "tests/test_price.py:12: in test_tax\n    assert ok\nE   assert False\n"
        for name in names
    )
    short = "".join(f"FAILED tests/test_price.py::TestPrice::test_tax[{name}] - assert False\n" for name in names)
    return (
        f"{'F' * len(names)}\n{' FAILURES ':=^120}\n{sections}{' short test summary info ':=^120}\n{short}"
        f"{len(names)} failed in 0.31s\n"
    )


def test_a_point_in_a_parameter_is_no_path_of_a_test() -> None:
    names = [f"rate-{number}.5-v1.{number}" for number in range(24)]
    text = _pytest(names)
    (run,) = best(as_output(text.split("\n")), "pytest -q --tb=short", 1)
    assert len(run.failures) == len(names)
    told = digest(text, "pytest -q --tb=short", 1)
    assert all(f"::test_tax[{name}]" in told for name in names)
    assert told.count("____ ") < 5  # the tool's own list names the others


def test_notes_of_an_exception_are_told_with_it() -> None:
    lines = ["  + Exception Group Traceback (most recent call last):", '  |   File "etl.py", line 45, in <module>']
    lines += ["  |     main()", "  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)"]
    for number in (1, 2):
        lines += [f"  +-+---------------- {number} ----------------", "    | Traceback (most recent call last):"]
        lines += [f'    |   File "etl.py", line {number}, in load', "    |     total += parse(row)"] * 9
        lines += [f"    | KeyError: 'pack{number}'", f"    | while reading article A-{number}"]
    text = digest("\n".join([*lines, "    +------------------------------------"]), "python etl.py", 1)
    assert "while reading article A-1" in text
    assert "while reading article A-2" in text


def test_notes_of_a_cause_are_told_and_what_a_program_prints_next_is_none() -> None:
    trace = ["Traceback (most recent call last):", *['  File "etl.py", line 9, in parse', "    return int(row)"] * 20]
    chain = ["", "The above exception was the direct cause of the following exception:", ""]
    text = digest("\n".join([*trace, "ValueError: bad", "in row 7", *chain, *trace, "FeedError: broken"]), "python", 1)
    assert "in row 7" in text
    (run,) = best(as_output([*trace, "ValueError: bad", "next job begins"]), "python etl.py", 0)
    assert not any(len(trace) + 1 in span for span in run.drop)


def test_what_succeeds_all_the_time_takes_no_room_from_what_failed() -> None:
    lines = [f"Nov 25 00:{n % 60:02} db2 systemd[1]: session-{n}.scope: Deactivated successfully." for n in range(900)]
    broken = ["disk", "backup", "mail", "proxy", "cache", "index", "audit", "cron"]
    for number, name in enumerate(broken):
        lines[100 * number + 50] = f"Nov 25 01:00 db2 {name}d[17]: {name} {'job ' * number}failed with status {number}"
    text = digest("\n".join(lines), "journalctl", 0)
    assert all(f"{name}d[17]" in text for name in broken)


def test_every_table_of_several_keeps_its_head() -> None:
    processes = ["  PID  PPID   RSS COMMAND", *(f"{n:5} {n % 9:5} {n * 31:5} worker" for n in range(100, 160))]
    disks = [
        "Filesystem      Size  Used Avail Use% Mounted on",
        *(f"/dev/sd{n} 9G 1G 8G {n}% /srv/{n}" for n in range(60)),
    ]
    assert disks[0] in digest("\n".join([*processes, *disks]), "ps -e; df -h", 0)


def test_failures_are_told_where_a_list_of_what_is_pending_follows() -> None:
    lines = ["Started", "." * 60, "Failures:"]
    for number in range(1, 7):
        lines += [f"{number}) shipping rule {'abcdef'[number - 1]}", "  Message:", f"    Expected {number} parcels."]
        lines += ["  Stack:", "        at <Runner>", f"        at spec/ship.js:{number}:24", "        at <Runner>", ""]
    lines += ["Pending:", "", "1) shipping drones", "  Temporarily disabled", "", "60 specs, 6 failures, 1 pending"]
    text = digest("\n".join([*lines, *(f"seed {n}" for n in range(30))]), "specs", 3)
    assert all(f"shipping rule {sign}" in text for sign in "abcdef")


def test_a_rare_value_is_told_where_a_message_of_many_words_follows() -> None:
    words = ["Created container", "Successfully assigned shop to node", "Started"]
    rows = [f"shop {n % 59}m Normal {('Pulled', 'Created')[n % 2]} pod/web-{n} {words[n % 3]}" for n in range(240)]
    rows[99] = "shop 7m Warning BackOff pod/ledger-7c9f Back-off restarting failed container ledger in its pod"
    text = digest("\n".join(["NAMESPACE AGE TYPE REASON OBJECT MESSAGE", *rows]), "kubectl get events", 0)
    assert "pod/ledger-7c9f" in text


def test_a_message_of_many_lines_at_the_end_is_told_with_its_traceback() -> None:
    trace = ["Traceback (most recent call last):", *['  File "pd.py", line 5, in <module>', "    check(order)"] * 20]
    fields = [line for name in ("id", "count", "state") for line in (name, f"  {name} is not what it should be")]
    text = digest("\n".join([*trace, "ValidationError: 3 errors for Order", *fields]), "python pd.py", 1)
    assert all(line in text for line in fields)


def test_an_error_whose_name_begins_with_capitals_is_one() -> None:
    lines = [f"step {'x' * (n % 40)} {n * 7} done quickly" for n in range(300)]
    for at, name in ((90, "YAMLException"), (150, "OSError"), (210, "HTTPError")):
        lines[at] = f"{name}: bad indentation in part {name.lower()}"
    text = digest("\n".join(lines), "sync", 0)
    assert all(f"{name}: bad" in text for name in ("YAMLException", "OSError", "HTTPError"))


def test_what_a_program_could_not_do_is_told_amid_its_data() -> None:
    rows = [f"{n * 16:08x}  7f 45 4c 46 02 01 {n % 251:02x} 00  |.ELF....|" for n in range(400)]
    rows[300] = "sort: cannot read: prices.tsv: No such file or directory"
    rows[200] = "head: cannot open '/srv/shop/rates' for reading: Permission denied"
    text = digest("\n".join(rows), "head -c 6400 /bin/true; cat prices.tsv", 0)
    assert rows[300] in text
    assert rows[200] in text


def test_records_of_which_only_a_part_was_looked_at_are_not_counted() -> None:
    """A very long file is read by its ends: the lines of these are not its number of rows."""
    data = "".join(f"{number}\n" for number in range(1_000_000))
    found = digest_output([data.encode()], "cat numbers.txt", 0)
    assert "1,000,000 lines" in found.text.splitlines()[0]
    assert "rows" not in found.text
    assert [run.bulk.rows for run in found.parsed if run.bulk is not None] == [None]
