"""What is recorded at all: by kind, by share, by path and by name."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from queryscope.profiler import checks
from queryscope.profiler.config import Config, Scope
from queryscope.profiler.errors import ConfigError
from queryscope.profiler.middleware import QueryscopeMiddleware
from queryscope.profiler.pipeline import open_recorder
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.settings import current
from queryscope.profiler.trace import Kind
from tests.conftest import Recording

pytestmark = pytest.mark.django_db(transaction=True)


def recorded(kind: Kind, name: str, path: str | None = None, times: int = 1) -> int:
    """Return how many of so many units of work got a recorder."""
    recorders = [open_recorder(kind, name, path) for _ in range(times)]
    for recorder in recorders:
        if recorder is not None:
            recorder.discard()
    return sum(recorder is not None for recorder in recorders)


def test_scopes_are_the_kinds() -> None:
    """A new kind of work can be switched off like the others."""
    assert get_args(Scope) == get_args(Kind) == Config().scopes


@pytest.mark.parametrize("kind", get_args(Kind))
def test_each_kind_has_a_switch(kind: Kind, recording: Recording) -> None:
    """It turns off that kind and no other."""
    recording.set(SCOPES=tuple(each for each in get_args(Kind) if each != kind))
    assert {each: recorded(each, "name") for each in get_args(Kind)} == {
        each: int(each != kind) for each in get_args(Kind)
    }


def test_the_share_of_a_path(recording: Recording) -> None:
    """The first expression that finds something counts, also against one that would find it later; SAMPLE is the rest."""
    recording.set(SAMPLE=0, SAMPLE_PATHS={"^/api/never": 0, "^/api/": 1, "/never": 1, "^/some/": 0.5})
    assert recorded("request", "GET /api/x/", "/api/x/") == 1
    assert recorded("request", "GET /api/never/", "/api/never/") == 0
    assert recorded("message", "Chat.receive", "/ws/never/") == 1
    assert recorded("request", "GET /other/", "/other/") == 0
    assert 350 < recorded("request", "GET /some/", "/some/", times=1_000) < 650


def test_what_has_no_path_goes_by_its_name(recording: Recording) -> None:
    """A task that beats every second, a command that serves for ever."""
    recording.set(SAMPLE_PATHS={r"^shop\.tasks\.beat$": 0}, IGNORE_PATHS=(r"^consume",))
    assert recorded("task", "shop.tasks.beat") == 0
    assert recorded("task", "shop.tasks.send") == 1
    assert recorded("command", "consume_events --topic") == 0
    # The name of a request holds its method, and is no path.
    assert recorded("request", "GET /consume", "/consume") == 1


def test_a_request_that_is_not_drawn_still_works(recording: Recording) -> None:
    """And what is recorded inside it by itself goes on."""
    recording.set(SAMPLE_PATHS={"^/somewhere/": 0})

    def view(request: Any) -> Any:
        with profile("inside"), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return HttpResponse("ok")

    assert QueryscopeMiddleware(view)(RequestFactory().get("/somewhere/")).status_code == 200
    assert [each.name for each in recording.summaries] == ["inside"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"SAMPLE_PATHS": {"^/": 2}}, "Expected `float` <= 1.0"),
        ({"SAMPLE_PATHS": ["^/"]}, "Expected `object`"),
        ({"SCOPES": ("requests",)}, "Invalid enum value 'requests'"),
    ],
)
def test_wrong_values_are_named(options: dict[str, Any], said: str, settings: Any) -> None:
    """By the check, and by whoever asks for the settings."""
    settings.QUERYSCOPE = options
    (message,) = checks.check_settings()
    assert message.id == "queryscope.E002"
    assert said in message.msg
    with pytest.raises(ConfigError):
        current()


def test_an_expression_that_is_none_is_a_check(settings: Any) -> None:
    """The project starts; the check says which key holds it."""
    settings.QUERYSCOPE = {"SAMPLE_PATHS": {"(": 0.5}}
    (message,) = checks.check_settings()
    assert "QUERYSCOPE['SAMPLE_PATHS'] holds '('" in message.msg
