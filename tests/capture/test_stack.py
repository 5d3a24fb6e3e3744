"""What the walk takes a short cut to is what a walk of the whole stack says, and it keeps nothing of the host's."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Iterator
from inspect import iscoroutinefunction
from sys import _getframe
from types import FrameType
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from demo.catalog.models import Author, Country
from queryscope.profiler import pipeline
from queryscope.profiler.capture.raw_stack import RawStack, Walked
from queryscope.profiler.capture.sites import Sites
from queryscope.profiler.capture.stack import Walker, awaiting
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.middleware import QueryscopeMiddleware
from queryscope.profiler.scopes import threads
from tests.capture import shapes
from tests.conftest import Recording, run_async

pytestmark = pytest.mark.usefixtures("shelf", "more", "pages")


@pytest.fixture
def more(shelf: None) -> None:
    """Enough rows that a loop has a second half."""
    country = Country.objects.earliest("code")
    Author.objects.bulk_create(
        Author(name=f"Author {number}", country=country, born=1900, biography="long") for number in range(7)
    )


@pytest.fixture
def pages(settings: Any) -> None:
    """The views of tests/capture/shapes.py."""
    settings.ROOT_URLCONF = shapes.__name__
    settings.MIDDLEWARE = [MIDDLEWARE]
    loader = "django.template.loaders.locmem.Loader"
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [(loader, shapes.TEMPLATES)], "libraries": {"shapes": shapes.__name__}},
        }
    ]


def told(walked: Walked) -> dict[str, Any]:
    """Return what a person is told of a stack."""
    places = Sites().places(walked.stack)
    load = walked.load
    return {
        "call site": places.call_site,
        "template site": places.template_site,
        "field site": places.field_site,
        "via template": places.via_template,
        "site": places.site_id,
        "cut": places.cut,
        "frames": places.stack,
        "load": None if load is None else (load.depth, *load.told[:2], id(load.told[2])),
    }


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Compare each walk with one of the whole stack; counts which way each stack was found."""
    taken: Counter[str] = Counter()
    wrong: list[str] = []
    again, walk = Walker.again, Walker.walk

    def whole(walker: Walker, frame: FrameType | None) -> Walked:
        return walk(Walker(walker._limit, walker.boundary), frame)

    def compare(way: str, found: Walked, expected: Walked) -> None:
        taken[way] += 1
        ours, theirs = told(found), told(expected)
        if way == "known again":
            del ours["frames"]  # those of libraries between two places may be the lines of the time before
        wrong.extend(
            f"{way}: {name} is {ours[name]}, not {theirs[name]}"
            for name in ours
            if ours[name] != theirs[name]
        )

    def checked_again(self: Walker, skip: int, known: RawStack) -> Walked | None:
        found = again(self, skip + 1, known)
        if found is not None:
            compare("known again", found, whole(self, _getframe(skip)))
        return found

    def checked_walk(self: Walker, start: FrameType | None) -> Walked:
        found = walk(self, start)
        compare("walked", found, whole(self, start))
        return found

    monkeypatch.setattr(Walker, "again", checked_again)
    monkeypatch.setattr(Walker, "walk", checked_walk)
    yield taken
    assert wrong == []


def ask(name: str) -> None:
    """Ask for a page and read all of it."""
    if not iscoroutinefunction(shapes.views[name]):
        response = Client().get(f"/{name}/")
        assert response.status_code == 200
        _ = response.getvalue()
        return

    async def read() -> None:
        response = await AsyncClient().get(f"/{name}/")
        assert response.status_code == 200
        if response.streaming:
            async for _ in response:  # type: ignore[attr-defined]
                pass

    run_async(read())


@pytest.mark.parametrize("frames", [100, 30, 12])
@pytest.mark.parametrize("name", shapes.views)
def test_short_cuts_say_what_a_whole_walk_says(
    name: str, frames: int, recording: Recording, ways: Counter[str]
) -> None:
    """Whatever shape the stacks have, and wherever the limit cuts them."""
    recording.set(MAX_STACK_FRAMES=frames)
    threads.install()
    try:
        ask(name)
    finally:
        threads.uninstall()
    assert recording.trace.spans
    assert awaiting.get() is None, "the next request of this thread would be taken for a part of this one"


def test_short_cuts_are_taken(recording: Recording, ways: Counter[str]) -> None:
    """Otherwise nothing above would be proved: also with two statements in nested loops, from the second row on."""
    for name, share in {"two_lines": 0.6, "nested_twice": 0.8, "callables": 0.6}.items():
        ways.clear()
        ask(name)
        assert ways["known again"] > share * ways.total(), name


class Watched:
    """Hands out objects of the host's and knows which of them still live."""

    def __init__(self) -> None:
        self.living: list[weakref.ref[Any]] = []

    def watch(self, value: Any) -> Any:
        self.living.append(weakref.ref(value))
        return value

    def view(self, request: HttpRequest) -> HttpResponse:
        authors = [self.watch(author) for author in Author.objects.all()]
        for author in authors:
            self.watch(author.country)
        authors += self.watch(Author.objects.prefetch_related("books__publisher").only("name"))
        response = shapes.page("two_lines.html", authors=authors, again=map(self.watch, shapes.readers()))
        self.watch(response)
        return response


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Without the collector: what dies, dies because nobody holds it."""
    gc.collect()
    gc.disable()
    yield Watched()
    gc.enable()


def test_nothing_of_the_host_outlives_its_request(recording: Recording, watched: Watched) -> None:
    """Neither rows nor contexts nor the response wait for the collector, nor for the thread that writes."""
    handler = QueryscopeMiddleware(watched.view)
    handler(watched.watch(RequestFactory().get("/")))
    assert len(watched.living) > 30
    assert [each() for each in watched.living if each() is not None] == []
    assert recording.trace.spans


def test_a_request_leaves_no_more_cycles_than_without_us(recording: Recording, watched: Watched) -> None:
    """A frame that is held makes none with what it holds."""
    server = WSGIHandler()

    def left(name: str) -> int:
        counts = []
        for _ in range(4):
            environ = RequestFactory().get(f"/{name}/").META
            response: Any = server(environ, lambda *_: print)
            assert b"".join(response) is not None
            response.close()
            del response
            pipeline.flush(20)
            counts.append(gc.collect())
        return min(counts)

    for name in ("two_lines", "nested_twice", "callables", "a_library", "streams"):
        recording.set(ENABLED=True)
        with_us = left(name)
        recording.set(ENABLED=False)
        assert with_us <= left(name), name
