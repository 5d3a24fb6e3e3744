"""Two diffs that were made for one file are told apart: the second one does not apply where the first one changed it."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from msgspec.structs import replace

from queryscope.profiler.analysis import run as diagnosed
from queryscope.profiler.analysis.advice.overlap import noted
from queryscope.profiler.analysis.rules import n_plus_one
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Advice, Finding
from tests.analysis.advice.modules import HEADER, module, run
from tests.builders import finding
from tests.conftest import Recording

TEXT = [f"line {number}\n" for number in range(1, 31)]


def found(title: str, *changed: int, file: str = "shop/views.py", next: str | None = None) -> Finding:
    """Return a finding whose diff changes some lines."""
    new = [f"{line[:-1]} by {title}\n" if number in changed else line for number, line in enumerate(TEXT, 1)]
    diff = "".join(difflib.unified_diff(TEXT, new, f"a/{file}", f"b/{file}"))
    return replace(finding(), title=title, advice=Advice(summary="s", code="c", diff=diff or None, next=next))


APART = {
    "far away": (found("one", 3), found("two", 12)),
    "in another file": (found("one", 3), found("two", 3, file="shop/models.py")),
    "without a diff": (found("one", 3), found("two")),
}
TOGETHER = {
    "the same line": (found("one", 3), found("two", 3)),
    "one of the lines around it": (found("one", 3), found("two", 6)),
    "one of several places": (found("one", 2, 20), found("two", 9, 21)),
}


@pytest.mark.parametrize("findings", APART.values(), ids=APART)
def test_apart(findings: tuple[Finding, Finding]) -> None:
    """Both diffs apply, in either order."""
    assert tuple(noted(findings)) == findings


@pytest.mark.parametrize("findings", TOGETHER.values(), ids=TOGETHER)
def test_together(findings: tuple[Finding, Finding]) -> None:
    """The second one says so; the first one, which is worse, goes first."""
    first, second = noted(findings)
    assert first == findings[0]
    assert second.advice.next is not None and "“one” changes the same lines" in second.advice.next


def test_what_it_uncovers_is_still_said() -> None:
    """Two sentences stand beside each other."""
    _, second = noted((found("one", 3), found("two", 3, next="Then the next.")))
    assert second.advice.next is not None and second.advice.next.startswith(
        "Then the next. The diff of “one”"
    )


@pytest.mark.usefixtures("shelf")
def test_two_relations_of_one_queryset(recording: Recording, tmp_path: Path) -> None:
    """Both loads are mended in the call that builds the queryset."""
    source = (
        "def run():\n    return [(b.author.name, len(b.genres.all())) for b in Book.objects.order_by('pk')]\n"
    )
    with module(tmp_path, HEADER + source) as made:
        trace = run(recording, made).trace
    first, second = diagnosed(trace, Config(), rules=[n_plus_one.RULE])
    assert first.advice.diff and second.advice.diff
    assert "the same lines" not in (first.advice.next or "")
    assert "the same lines" in (second.advice.next or "")
