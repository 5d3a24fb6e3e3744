"""What ran in Python has a name: the halves of a middleware, the view, templates, serializers, renderers."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.template import engines
from django.test import AsyncClient, Client
from rest_framework.serializers import BaseSerializer

from demo.catalog.models import Country
from queryscope.profiler.capture import guard, hooks, lanes
from queryscope.profiler.capture.recorder import MOST_LANES, Recorder
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Lane, Trace
from tests.conftest import Recording, run_async
from tests.project.lanes import PAUSE, Slow, wait

pytestmark = pytest.mark.usefixtures("countries", "slow")
HERE = "tests.project.lanes"
SLOW = f"{HERE}.Slow"


@pytest.fixture
def slow(host: None, settings: Any) -> None:
    settings.ROOT_URLCONF = HERE


def named(trace: Trace) -> list[tuple[str, str]]:
    """The lanes in order, without the routing: it lasts long enough for a lane in the first request only."""
    return [(lane.name, lane.label) for lane in trace.lanes if lane.name != "routing"]


def lane(trace: Trace, name: str, label: str) -> Lane:
    found = [each for each in trace.lanes if (each.name, each.label) == (name, label)]
    assert len(found) == 1, trace.lanes
    return found[0]


def inside(inner: Lane, outer: Lane) -> bool:
    return (
        outer.start_ms <= inner.start_ms
        and inner.start_ms + inner.duration_ms <= outer.start_ms + outer.duration_ms
    )


def test_a_template_is_a_lane_inside_its_view(client: Client, recording: Recording) -> None:
    """Included and extended templates are part of the one that was asked for."""
    client.get("/direct/")
    trace = recording.trace
    assert named(trace) == [
        ("middleware", "before the view"),
        ("view", f"{HERE}.direct"),
        ("template", "tests/slow.html"),
        ("middleware", "after the view"),
    ]
    template = lane(trace, "template", "tests/slow.html")
    assert inside(template, lane(trace, "view", f"{HERE}.direct"))
    assert template.duration_ms >= 2 * PAUSE * 1000


def test_a_deferred_template_comes_after_the_view(client: Client, recording: Recording) -> None:
    """The view has returned before Django renders a ``TemplateResponse``."""
    client.get("/deferred/")
    trace = recording.trace
    view = lane(trace, "view", f"{HERE}.deferred")
    template = lane(trace, "template", "tests/slow.html")
    assert view.start_ms + view.duration_ms <= template.start_ms
    assert inside(template, lane(trace, "middleware", "after the view"))


def test_the_time_between_queries_has_the_name_of_what_ran(client: Client, recording: Recording) -> None:
    """A gap in the view, and one in the template after the last statement."""
    client.get("/direct/")
    found = [gap for gap in recording.trace.gaps if gap.duration_ms >= PAUSE * 1000]
    names = [(gap.name, gap.label) for gap in found if gap.name != "middleware"]
    assert names == [
        ("view", f"Python in view {HERE}.direct"),
        ("template", "Python in template tests/slow.html"),
    ]


def test_middlewares_are_told_apart(settings: Any, client: Client, recording: Recording) -> None:
    """Each half by itself; a half that calls the one it overrides is one stretch, not two."""
    settings.MIDDLEWARE = [MIDDLEWARE, SLOW, f"{HERE}.Slower"]
    client.get("/deferred/")
    trace = recording.trace
    halves = [label for name, label in named(trace) if name == "middleware" and "view" not in label]
    assert halves == ["Slow", "Slower", "Slower", "Slow"]
    before = lane(trace, "middleware", "before the view")
    assert before.duration_ms >= 2 * PAUSE * 1000
    assert [inside(each, before) for each in trace.lanes if each.label == "Slow"] == [True, False]


def test_middlewares_are_told_apart_under_asgi(settings: Any, client: Client, recording: Recording) -> None:
    """There the halves run in a thread."""
    settings.MIDDLEWARE = [MIDDLEWARE, SLOW]
    run_async(AsyncClient().get("/concurrent/"))
    names = named(recording.trace)
    assert names.count(("middleware", "Slow")) == 2
    assert ("template", "tests/slow.html") in names
    assert ("view", f"{HERE}.concurrent") in names


def test_a_middleware_that_answers_leaves_no_view(
    settings: Any, client: Client, recording: Recording
) -> None:
    """The whole is middleware then."""
    settings.MIDDLEWARE = [MIDDLEWARE, SLOW]
    client.get("/direct/?stop")
    assert named(recording.trace) == [
        ("middleware", "middleware"),
        ("middleware", "Slow"),
        ("middleware", "Slow"),
    ]


def test_an_address_without_a_view_is_middleware(client: Client, recording: Recording) -> None:
    """Django answers 404 before there is a view."""
    client.get("/nowhere/")
    assert named(recording.trace)[0] == ("middleware", "middleware")


def test_a_view_that_raises_ends_there(client: Client, recording: Recording) -> None:
    """What makes the response with status 500 is not the view."""
    client.get("/fails/")
    trace = recording.trace
    view, after = lane(trace, "view", f"{HERE}.fails"), lane(trace, "middleware", "after the view")
    assert view.duration_ms >= PAUSE * 1000
    assert view.start_ms + view.duration_ms == pytest.approx(after.start_ms)


def test_a_request_inside_a_view_does_not_end_it(client: Client, recording: Recording) -> None:
    """The view is the outer one, from its call to its return."""
    client.get("/nested/")
    trace = recording.trace
    view = lane(trace, "view", f"{HERE}.nested")
    assert inside(lane(trace, "template", "tests/slow.html"), view)
    assert view.duration_ms >= 5 * PAUSE * 1000


def test_a_serializer_and_a_renderer_are_lanes(
    client: Client, recording: Recording, countries: list[Country]
) -> None:
    """Only the first look at ``data`` does the work; the response is rendered after the view."""
    client.get("/api/")
    trace = recording.trace
    serializer = lane(trace, "serializer", "CountrySerializer(many=True)")
    assert serializer.duration_ms >= len(countries) * PAUSE * 1000
    view = next(each for each in trace.lanes if each.name == "view")
    assert inside(serializer, view)
    assert not inside(lane(trace, "renderer", "SlowRenderer"), view)


def test_validation_is_a_lane(client: Client, recording: Recording) -> None:
    """``is_valid`` of a serializer runs validators, which may take their time."""
    client.post("/api/", {"code": "fr"})
    assert lane(recording.trace, "serializer", "CountrySerializer.is_valid").duration_ms >= PAUSE * 1000


def test_a_jinja_template_is_a_lane(settings: Any, client: Client, recording: Recording) -> None:
    """Rendered by Django's backend for Jinja2."""
    folder = settings.TEMPLATES[0]["DIRS"][0] / "jinja"
    jinja = {"BACKEND": "django.template.backends.jinja2.Jinja2", "NAME": "jinja", "DIRS": [folder]}
    settings.TEMPLATES = [*settings.TEMPLATES, jinja]
    template = engines["jinja"].get_template("slow.html")
    with profile("mail"):
        template.render({"wait": wait})
    assert named(recording.trace) == [("template", "slow.html")]


def test_a_block_around_a_request_has_its_view(client: Client, recording: Recording) -> None:
    """The request has a lane of its own; what is not a request has no middleware before and after the view."""
    with profile("outside"):
        client.get("/direct/")
    assert [name for name, _ in named(recording.trace)] == ["request", "view", "template"]


def test_stretches_are_bounded_and_counted(client: Client, recording: Recording) -> None:
    """A loop of a thousand templates; what is around it stays."""
    client.get(f"/many/?times={MOST_LANES + 100}")
    trace = recording.trace
    assert trace.truncated.lanes >= 100
    assert named(trace).count(("template", "tests/slow.html")) <= MOST_LANES
    assert ("view", f"{HERE}.many") in named(trace)


def test_an_error_of_ours_is_not_the_views(
    client: Client, recording: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its name a stretch is missing, and the response is what it was."""

    def broken(of: Any) -> str:
        raise RuntimeError("no name")

    hooks.uninstall()
    monkeypatch.setattr(lanes, "_template", broken)
    monkeypatch.setattr(guard, "_reported", set())
    try:
        assert client.get("/direct/").status_code == 200
        assert "template" not in dict(named(recording.trace))
        assert "the name of a stretch of Python" in caplog.text
    finally:
        hooks.uninstall()


def test_a_recorder_that_takes_no_lane_harms_no_middleware(
    settings: Any,
    client: Client,
    recording: Recording,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The halves of a middleware return what they return."""

    def broken(*args: Any) -> None:
        raise RuntimeError("no lane")

    settings.MIDDLEWARE = [MIDDLEWARE, SLOW]
    monkeypatch.setattr(Recorder, "lane", broken)
    monkeypatch.setattr(guard, "_reported", set())
    assert client.get("/direct/").status_code == 200
    assert {label for name, label in named(recording.trace) if name == "middleware"} == {
        "before the view",
        "after the view",
    }
    assert "the name of a stretch of Python" in caplog.text


def test_every_hook_is_taken_away_again(settings: Any, client: Client, recording: Recording) -> None:
    """Django's, the middleware's and the serializer's attributes are the originals afterwards."""
    settings.MIDDLEWARE = [MIDDLEWARE, SLOW]
    client.get("/direct/")
    owners = (BaseHandler, "check_response"), (Slow, "process_request"), (BaseSerializer, "data")
    assert all(hasattr(owner.__dict__[name], "queryscope_wraps") for owner, name in owners)
    hooks.uninstall()
    assert not any(hasattr(owner.__dict__[name], "queryscope_wraps") for owner, name in owners)
    hooks.install()
