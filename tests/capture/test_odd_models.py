"""Models that break habits get what they get without us, all they send is recorded, and nothing of ours trips."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import aclosing, suppress
from inspect import iscoroutinefunction
from typing import Any

import pytest
from django.db import connection, models, transaction

from demo.catalog.models import Author
from queryscope.profiler.scopes.block import profile
from tests.capture import odd
from tests.capture.account import account
from tests.capture.witness import Seen, witness
from tests.conftest import Recording, run_async


class _Undo(Exception):
    """Rolls back."""


pytestmark = pytest.mark.usefixtures("shelf")
ways: list[Callable[[], Any]] = []
NAMES = ("a", "b", "c")


def way(function: Callable[[], Any]) -> Callable[[], Any]:
    ways.append(function)
    return function


@pytest.fixture
def tables(transactional_db: None) -> Iterator[None]:
    """The tables of the odd models, each with three rows."""
    with connection.schema_editor() as editor:
        for model in odd.TABLES:
            editor.create_model(model)
        editor.execute("CREATE VIEW odd_view AS SELECT id, name FROM odd_managed")
    countdown = odd.Countdown.objects.create(name="a")
    for name in NAMES[1:]:
        odd.Countdown.objects.create(name=name)
    for name in NAMES:
        odd.Loaded(name=name).save()
        odd.Loud(name=name).save()
        odd.Special(name=name, extra="x", countdown=countdown).save()
        odd.Named(queryscope=name, queryscope_origin=name, _origin=name, fetched=name).save()
        odd.Rude.objects.bulk_create([odd.Rude(name=name, parent_id=1 if name != "a" else None)])
    yield
    with connection.schema_editor() as editor:
        editor.execute("DROP VIEW odd_view")
        for model in reversed(odd.TABLES):
            editor.delete_model(model)


@way
def own_init() -> Any:
    found = list(odd.Countdown.objects.order_by("name"))
    partly = odd.Countdown.objects.only("id").first()
    return [(each.name, each.start, each.given) for each in found], partly.given, partly.name


@way
def own_from_db() -> Any:
    found = list(odd.Loaded.objects.order_by("name"))
    found[0].name = "z"
    found[0].save()
    return [sorted(each.__dict__.keys() - {"_state"}) for each in found], odd.Loaded.objects.get(
        name="z"
    ).loaded


@way
def metaclass_and_getattr() -> Any:
    found = odd.Loud.objects.order_by("name")[0]
    found.aside = 1
    partly = odd.Loud.objects.defer("name").first()
    return odd.Loud.shout_hey, found.nothing, found.history, found.aside, partly.name


@way
def rude() -> Any:
    found = list(odd.Rude.objects.order_by("pk").select_related("parent"))
    parents = [each.parent.name for each in found if each.parent is not None]
    children = [len(list(each.children.all())) for each in found]
    followed = [each.parent.pk for each in odd.Rude.objects.exclude(parent=None)]
    return str(found[0]), parents, children, followed


@way
def taken_names() -> Any:
    found = odd.Named.objects.order_by("queryscope")
    rows = [(each.queryscope, each.queryscope_origin, each._origin, each.fetched) for each in found]
    annotated = odd.Named.objects.annotate(queryscope_path=models.F("fetched")).first()
    return rows, annotated.queryscope_path, list(found.values("queryscope"))


@way
def own_querysets() -> Any:
    picky = odd.Managed.picky.filter(name__in=NAMES).order_by("name")
    chained = picky.exclude(name="b").select_related("countdown")
    prefetched = list(odd.Managed.picky.prefetch_related("countdown").order_by("pk"))
    return [each.countdown.name for each in chained], picky.tone, chained.tone, picky.count(), len(prefetched)


@way
def lists_and_proxies() -> Any:
    listed = odd.Managed.listed.get_queryset()
    proxied = odd.Managed.proxied.get_queryset().filter(name="b")
    return [each.name for each in listed], len(proxied), [each.countdown.name for each in proxied]


@way
def families() -> Any:
    changed = odd.Changed.objects.defer("name")
    special = odd.Special.objects.select_related("countdown").get(name="b")
    parents = list(odd.Managed.objects.order_by("name"))
    below = [each.special.extra for each in parents]
    special.delete()
    return [each.name for each in changed], special.countdown.name, below, odd.Managed.objects.count()


@way
def a_view() -> Any:
    return [(each.name, each._meta.managed) for each in odd.View.objects.order_by("name")]


@way
def copies() -> Any:
    found = Author.objects.select_related("country").order_by("name")[0]
    copied = [copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))]
    names = [each.name for each in pickle.loads(pickle.dumps(Author.objects.order_by("name")))]
    later = copy.deepcopy(odd.Managed.objects.filter(name="c"))
    return [each == found and each.country.name for each in copied], names, later.get().pk


@way
def closed_early() -> Any:
    rows = odd.Managed.objects.order_by("name").iterator(chunk_size=1)
    told = next(rows).name
    rows.close()
    return told, odd.Managed.objects.count()


@way
async def closed_early_by_a_coroutine() -> Any:
    told = []
    async with aclosing(odd.Managed.objects.order_by("name").aiterator(chunk_size=1)) as rows:
        async for row in rows:
            told.append(row.name)
            break
    left = aiter(odd.Managed.objects.order_by("name"))
    told.append((await anext(left)).name)
    del left
    return told, await odd.Managed.objects.acount()


@pytest.mark.parametrize("send", ways, ids=lambda send: send.__name__)
def test_odd_models(
    send: Callable[[], Any], tables: None, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    """The same answer, the same statements, nothing lost and nothing to complain of."""
    recording.set(ENABLED=False)
    expected, plain = observed(send)
    recording.set(ENABLED=True, PARAMETERS="full")
    told, seen = observed(profile(send.__name__)(send))
    assert repr(told) == repr(expected)
    assert sent(seen) == sent(plain)
    spans = recording.trace.spans
    _, unrecorded, unseen = account(spans, seen)
    assert (unrecorded, unseen) == ([], [])
    assert any(span.call_site and span.call_site.file == __file__ for span in spans)
    assert [each.getMessage() for each in caplog.records if each.name == "queryscope"] == []


def observed(send: Callable[[], Any]) -> tuple[Any, list[Seen]]:
    """Return what a way answers and what the database saw of it; what it wrote is taken back."""
    if iscoroutinefunction(send):
        with witness() as database:
            return run_async(send()), database.seen
    with suppress(_Undo), transaction.atomic():
        with witness() as database:
            told = send()
        raise _Undo
    return told, database.seen


def sent(seen: list[Seen]) -> list[str]:
    """Return what was sent but to open connections, and to close cursors, which a garbage collection may do."""
    texts = (re.sub(r"_django_curs_\w+", "cursor", each.text) for each in seen if not each.connecting)
    return [text for text in texts if not text.startswith("CLOSE")]
