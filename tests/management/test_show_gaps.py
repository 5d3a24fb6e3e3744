"""``queryscope show``: the Python between the queries as text."""

from __future__ import annotations

from queryscope.profiler.store import Store
from queryscope.profiler.trace import Lane
from tests import builders
from tests.management.conftest import Run

HEAD = "Between the queries, longest first"


def gap(label: str, start: float, duration: float) -> Lane:
    return Lane(name="template", label=f"Python in {label}", start_ms=start, duration_ms=duration)


def shown(run: Run, store: Store, *gaps: Lane) -> list[str]:
    """The lines of that part, without its head; none where the part is missing."""
    store.append([builders.report(spans=(builders.span(1),), gaps=gaps)])
    lines = run("show", "last").splitlines()
    return lines[lines.index(HEAD) + 1 : lines.index("", lines.index(HEAD))] if HEAD in lines else []


def test_stretches_of_one_name_are_one_line(run: Run, store: Store) -> None:
    """With their sum, the longest name first."""
    lines = shown(
        run, store, gap("view a.b", 0, 5), gap("template x.html", 10, 3.5), gap("template x.html", 20, 4)
    )
    assert [line.strip() for line in lines] == [
        "7.50  Python in template x.html, 2 stretches",
        "5.00  Python in view a.b",
    ]


def test_few_names_are_shown_and_the_others_counted(run: Run, store: Store) -> None:
    """What is left out is said, with its time."""
    lines = shown(run, store, *(gap(f"view {n}", n * 10, 2.0) for n in range(8)))
    assert len(lines) == 6
    assert lines[-1].strip() == "3 more names, 6.00 ms, not shown: --json has them."


def test_without_gaps_nothing_is_said(run: Run, store: Store) -> None:
    """As in a trace whose statements follow one another."""
    assert shown(run, store) == []


def test_a_label_steers_no_terminal(run: Run, store: Store) -> None:
    """Names of templates come from the application."""
    (line,) = shown(run, store, gap("template \x1b[31m\nevil.html", 0, 5))
    assert "\x1b" not in line
    assert "evil.html" in line
