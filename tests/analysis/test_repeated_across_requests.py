"""repeated-across-requests: the same answer again and again, as a memory of earlier units of work tells it."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.memory import Memory
from queryscope.profiler.analysis.rules.repeated_across_requests import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.finding import Finding
from queryscope.profiler.trace import Span
from tests.analysis.querysets import asked, loaded, written
from tests.builders import frame, parameter, trace

MENU = 'SELECT "menu_item"."title" FROM "menu_item" ORDER BY "menu_item"."place" LIMIT 12'
AUTH = frame("django/contrib/auth/backends.py", 9, library=True, function="ModelBackend.get_user")

PACKAGE = frame("shop/menus.py", 9, library=True, function="menu")


def menu(n: int = 1, **changes: Any) -> Span:
    return loaded(
        n,
        **{"sql": MENU, "tables": ("menu_item",), "model": "menu.Item", "rows": 10, "duration_ms": 2.0}
        | changes,
    )


def after(
    times: int, *spans: Span, names: tuple[str, ...] = ("GET /books/",), **changes: Any
) -> list[Finding]:
    """Return what is found in the last of some traces that all ran ``spans``."""
    memory, found = Memory(), []
    for number in range(times):
        made = trace(spans=spans, name=names[number % len(names)], **changes)
        found = list(RULE.find(Evidence(made, Config(), memory.enter(made, Config()))))
    return found


def test_found_from_the_tenth_on_with_its_hits() -> None:
    """A cache would have answered all but the first."""
    assert after(9, menu()) == []
    (found,) = after(12, menu())
    assert (found.rule, found.severity) == ("repeated-across-requests", "info")
    assert found.title == "Asked in 12 requests, with the same answer each time"
    assert "the same 10 rows: together 24.0 ms. A cache would have answered 11 of them" in found.why
    assert 'cache.get_or_set("menu.item"' in (found.advice.code or "")


def test_several_names_make_it_low() -> None:
    """Then it is what every page asks."""
    (found,) = after(12, menu(), names=("GET /books/", "GET /about/"))
    assert found.severity == "low"
    assert "by GET /books/, GET /about/," in found.why


def test_values_are_fine_where_several_names_ask() -> None:
    """The settings of the site have a key, and every page asks for them."""
    assert len(after(12, loaded(), names=("GET /books/", "GET /about/"))) == 1


def test_a_small_statement_counts_by_its_share() -> None:
    """Nothing else ran."""
    assert len(after(10, menu(duration_ms=0.3))) == 1
    assert after(10, menu(duration_ms=0.3), loaded(2, duration_ms=9.0)) == []


def test_it_is_told_once_for_a_trace() -> None:
    """Twice in one trace is another rule's."""
    assert len(after(10, menu(1), menu(2))) == 1


SILENT: dict[str, tuple[Span, ...]] = {
    "one page reloaded: its own row": (loaded(),),
    "a session": (menu(tables=("django_session",)),),
    "who the visitor is": (menu(stack=(AUTH, frame())),),
    "a table that every request writes": (menu(), written(2, "menu_item")),
    "unknown writes in every request": (menu(), asked(2, "SET ROLE x", kind="other", tables=())),
    "rows for update": (menu(sql=f"{MENU} FOR UPDATE"),),
    "by the clock": (menu(sql=MENU.replace("ORDER", "WHERE now() > at ORDER")),),
    "nobody's: no place of the application": (menu(call_site=None, build_sites=(), stack=(PACKAGE,)),),
    "next to nothing": (menu(duration_ms=0.2), asked(2, duration_ms=5.0)),
    "what follows a relation": (menu(load="forward", relation="item"),),
    "a write": (asked(1, "UPDATE menu_item SET a = 1", kind="update", tables=("menu_item",)),),
    "masked values": (loaded(params=(parameter("af7b5d56", "str", masked=True),)),),
}  # fmt: skip


@pytest.mark.parametrize("spans", SILENT.values(), ids=SILENT)
def test_silent(spans: tuple[Span, ...]) -> None:
    """Each name says why nothing is to be said."""
    assert after(12, *spans) == []


@pytest.mark.parametrize("kind", ["test", "command", "block", "background"])
def test_silent_for_work_that_comes_from_inside(kind: Any) -> None:
    """A cache serves those who come again."""
    assert after(12, menu(), kind=kind) == []


def test_without_a_past_nothing_is_said() -> None:
    """One trace proves nothing."""
    assert list(RULE.find(Evidence(trace(spans=(menu(),)), Config()))) == []
