"""TeX, HTML Tidy and PostgreSQL's log: each error with the line it stands in, or with the detail told below it."""

from __future__ import annotations

from collections.abc import Callable

from ai_session_tui.digest import digest_output

from .conftest import Sample

Load = Callable[[str], Sample]


def _digest(run: Sample) -> str:
    return digest_output(["\n".join(run.lines).encode()], run.command, run.exit_code).text


def test_tex_tells_every_error_with_its_line_and_what_is_missing(sample: Load) -> None:
    run = sample("latex")
    parsed = run.parsed("tex")
    assert [one.message.split(":")[0] for one in parsed.diagnostics if one.severity.value == "error"] == [
        "Package pdftex.def Error",
        "Undefined control sequence.",
        "Double superscript.",
        "LaTeX Error",
    ]
    text = _digest(run)
    told = ("l.6 \\includegraphics", "l.8 \\begin{itemize}", "Citation `knuth99'", "Output written on paper.pdf")
    assert [part for part in told if part not in text] == []
    assert "texmf-dist" not in text


def test_tidy_tells_every_place_that_has_no_file(sample: Load) -> None:
    run = sample("tidy")
    parsed = run.parsed("tidy")
    assert (parsed.verdict.value, len(parsed.diagnostics)) == ("failure", 12)
    text = _digest(run)
    assert "line 1 column 192 - Warning: discarding unexpected </foo>" in text


def test_errors_of_postgresql_come_with_their_detail_and_statement(sample: Load) -> None:
    text = _digest(sample("postgres_log"))
    assert "blocked by process 24580" in text
    assert "Failing row contains (4001, c1, -1.00" in text
    assert "STATEMENT:  select * from invoices" in text
    assert "listening on Unix socket" not in text
