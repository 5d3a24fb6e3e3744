"""duplicate-query: the same statement with the same values for nothing, and the cases in which again is right."""

from __future__ import annotations

import pytest

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.rules.duplicate_query import RULE
from queryscope.profiler.config import Config
from queryscope.profiler.trace import FieldSite, Span
from tests.analysis.querysets import BOOKS, asked, findings, loaded, prefetch, written
from tests.builders import call_site, frame, parameter, span, template_site, trace

ORM = frame("django/db/models/query.py", 1, library=True, function="QuerySet._fetch_all")
VIEW = frame("catalog/views.py", 34, function="book_list")
OTHER = call_site("catalog/menu.py", 8, function="menu")
FORM = FieldSite(kind="form", owner="catalog.forms.PublisherForm", path="publisher")


def test_both_places_are_named() -> None:
    """The fix is to hand the answer from one to the other."""
    (found,) = findings(RULE, loaded(1), loaded(2, call_site=OTHER, duration_ms=2.5))
    assert (found.rule, found.spans, found.cost_ms) == ("duplicate-query", (1, 2), 2.5)
    assert "catalog/views.py:34 and catalog/menu.py:8" in found.why
    assert found.title == "The same Book query ran twice"


def test_a_property_is_told_by_who_reads_it() -> None:
    """One line asks three times; what helps is where it is read."""
    prop = frame("orders/views.py", 26, function="Visitor.cart")
    site = call_site("orders/views.py", 26, function="Visitor.cart")
    readers = (frame("orders/views.py", line, function="cart") for line in (32, 33, 33))
    spans = (loaded(n, call_site=site, stack=(ORM, prop, reader)) for n, reader in enumerate(readers, 1))
    (found,) = findings(RULE, *spans)
    assert (
        "orders/views.py:26 (3 times), called from orders/views.py:32 and orders/views.py:33 (2 times)"
        in found.why
    )
    assert "Visitor.cart" in found.advice.summary


def test_a_form_set_is_told_by_its_field() -> None:
    """Every form asks for the options of its choice field."""
    (found,) = findings(RULE, *(loaded(n, field_site=FORM) for n in range(1, 21)))
    assert (found.title, found.severity) == ("PublisherForm.publisher asks for its options 20 times", "high")
    assert 'PublisherForm.base_fields["publisher"].choices' in (found.advice.code or "")


def test_two_fields_of_one_form_are_two_problems() -> None:
    """One line of a template renders both."""
    other = FieldSite(kind="form", owner="catalog.forms.PublisherForm", path="printer")
    city = f'{BOOKS} AND "catalog_book"."city" = 1'
    spans = (loaded(1, field_site=FORM), loaded(2, field_site=FORM))
    more = (loaded(n, field_site=other, sql=city, fingerprint="c17e") for n in (3, 4))
    first, second = findings(RULE, *spans, *more)
    assert first.identity != second.identity


def test_a_template_line_is_a_place() -> None:
    """The nearest line of both worlds counts."""
    (found,) = findings(RULE, loaded(1), loaded(2, template_site=template_site(), via_template=True))
    assert "catalog/book_list.html:24" in found.why


def test_masked_values_are_compared_by_their_pseudonyms() -> None:
    """Equal values of a trace have equal ones."""
    masked = (parameter("af7b5d56", "str", masked=True),)
    other = (parameter("11111111", "str", masked=True),)
    assert len(findings(RULE, loaded(1, params=masked), loaded(2, params=masked))) == 1
    assert findings(RULE, loaded(1, params=masked), loaded(2, params=other)) == []


def test_the_cost_leaves_the_first_one_out() -> None:
    """It is needed."""
    (found,) = findings(RULE, *(asked(n, duration_ms=float(n)) for n in (1, 2, 3)))
    assert found.cost_ms == 5.0


def test_the_user_that_the_application_asks_for_again() -> None:
    """Django asked first, for request.user; the second one is the application's."""
    auth = frame("django/contrib/auth/backends.py", 9, library=True, function="ModelBackend.get_user")
    spans = (
        asked(1, tables=("auth_user",), stack=(ORM, auth, VIEW)),
        asked(2, tables=("auth_user",), stack=(ORM, VIEW)),
    )
    assert len(findings(RULE, *spans)) == 1


def test_what_one_pair_of_lines_repeats_is_one_finding() -> None:
    """Two loops over the same keys: each key is asked for twice, and there is one thing to change."""
    values = [(parameter(str(key)),) for key in (1, 2, 3)]
    first = (loaded(n, params=value, site_id="a") for n, value in enumerate(values, 1))
    later = (loaded(n, params=value, site_id="b") for n, value in enumerate(values, 4))
    (found,) = findings(RULE, *first, *later)
    assert found.title == "The same Book query ran 6 times, for 3 sets of values"
    assert (found.spans, found.cost_ms) == ((1, 2, 3, 4, 5, 6), 4.5)


SILENT: dict[str, tuple[Span, ...]] = {
    "asked once": (loaded(1),),
    "another value": (loaded(1), loaded(2, params=(parameter("sold out", "str"),))),
    "a value of another type": (loaded(1, params=(parameter("1", "str"),)), loaded(2, params=(parameter("1"),))),
    "the same statement on two aliases": (loaded(1), loaded(2, alias="replica")),
    "read, write, read": (loaded(1), written(2), loaded(3)),
    "read, failed write, read: get_or_create": (loaded(1), written(2, error="IntegrityError"), loaded(3)),
    "read, statement of unknown effect, read": (loaded(1), span(2, kind="other", sql="SET ROLE x", tables=()), loaded(3)),
    "a schema of another tenant": (loaded(1), span(2, kind="other", sql="SET search_path = b", tables=()), loaded(3)),
    "a table of the same name in a schema": (loaded(1), written(2, 'public"."catalog_book', tables=("public.catalog_book",)), loaded(3)),
    "read, lock, read": (loaded(1), loaded(2, sql=f"{BOOKS} FOR UPDATE"), loaded(3)),
    "an advisory lock in between": (loaded(1), asked(2, "SELECT pg_advisory_lock(1)", tables=()), loaded(3)),
    "no table at all": (asked(1, "SELECT 1", tables=()), asked(2, "SELECT 1", tables=())),
    "sessions": tuple(asked(n, tables=("django_session",)) for n in (1, 2)),
    "content types": tuple(asked(n, tables=("django_content_type",)) for n in (1, 2)),
    "a cache table": tuple(asked(n, tables=("my_cache_table",)) for n in (1, 2)),
    "rows for update": tuple(loaded(n, sql=f"{BOOKS} FOR UPDATE SKIP LOCKED") for n in (1, 2)),
    "the next number of a sequence": tuple(asked(n, "SELECT nextval('s') FROM t") for n in (1, 2)),
    "by the clock": tuple(asked(n, f"{BOOKS} AND published_on < CURRENT_DATE") for n in (1, 2)),
    "the answer has changed": (loaded(1, rows=1), loaded(2, rows=2)),
    "a loop that waits": tuple(loaded(n, call_site=call_site(loop="while True:")) for n in (1, 2)),
    "the condition of a loop that waits": tuple(
        loaded(n, call_site=call_site(source="    while not books.exists():")) for n in (1, 2)
    ),
    "some tries": tuple(loaded(n, call_site=call_site(loop="for attempt in range(3):")) for n in (1, 2)),
    "so many times, on purpose": tuple(loaded(n, call_site=call_site(loop="for _ in range(3):")) for n in (1, 2)),
    "prefetches of the chunks of an iterator": (prefetch(1, "author", 9), prefetch(2, "author", 9)),
    "an insert with RETURNING": tuple(asked(n, "INSERT INTO t VALUES (%s)", kind="insert") for n in (1, 2)),
    "values that are not whole": tuple(loaded(n, params=(parameter("6162", "bytes", bytes=900),)) for n in (1, 2)),
    "values that have no text": tuple(loaded(n, params=(parameter("<Point>", "Point"),)) for n in (1, 2)),
    "in a transaction what was read outside": (loaded(1), loaded(2, transaction=3)),
}  # fmt: skip


@pytest.mark.parametrize("spans", SILENT.values(), ids=SILENT)
def test_silent(spans: tuple[Span, ...]) -> None:
    """Each name says why nothing is to be said."""
    assert findings(RULE, *spans) == []


@pytest.mark.parametrize(
    "inner",
    [
        frame("django/db/models/base.py", 7, library=True, function="Model.refresh_from_db"),
        frame("django/db/models/base.py", 7, library=True, function="Model._perform_unique_checks"),
        frame("django/db/models/query.py", 7, library=True, function="QuerySet.get_or_create"),
    ],
    ids=lambda inner: inner.function,
)
def test_django_asks_again_on_purpose(inner: object) -> None:
    """To have fresh values, or to be sure."""
    assert findings(RULE, *(asked(n, stack=(ORM, inner, VIEW)) for n in (1, 2))) == []


def test_what_only_django_asks_is_silent() -> None:
    """The admin counts twice; a page cannot change that."""
    admin = frame("django/contrib/admin/views/main.py", 5, library=True, function="ChangeList.get_results")
    assert findings(RULE, *(asked(n, stack=(ORM, admin)) for n in (1, 2))) == []


def test_a_test_asks_again_after_what_it_does() -> None:
    """Its trace holds the requests that it makes."""
    assert findings(RULE, loaded(1), loaded(2), kind="test") == []


def test_what_is_explained_is_not_said_again() -> None:
    """A loop over rows of one parent has the same values, and is a loop."""
    made = trace(spans=(loaded(1), loaded(2)))
    assert list(RULE.find(Evidence(made, Config(), explained=frozenset({1, 2})))) == []
