"""Whatever of ours breaks below a hook, the application gets what it gets without us, and the log names it once.

Which functions there are is found by watching, so that a hook that is added is broken here too.
"""

from __future__ import annotations

import gc
import traceback
from collections import Counter
from contextvars import copy_context
from io import StringIO
from types import CodeType, FunctionType
from typing import Any

import pytest
from channels.testing import ApplicationCommunicator
from django.core.management import call_command
from django.db import connections
from django.test import AsyncClient, Client

from demo.catalog.models import Author, Country
from queryscope.profiler import pipeline
from queryscope.profiler.capture import guard, lanes, patching
from queryscope.profiler.capture.recorder import open_recorders
from queryscope.profiler.scopes.block import profile
from tests.capture.faults import Calls, broken
from tests.conftest import Recording, run_async
from tests.project import everything, rendering
from tests.scopes.consumers import AsyncChat, Chat

pytestmark = pytest.mark.usefixtures("shelf")

TRUSTED = {
    "capture/evaluation.py:Progress.__init__": "sets attributes",
    "capture/evaluation.py:_Thread.__init__": "sets attributes",
    "capture/hooks.py:describe_error": "catches what it meets",
    "capture/recorder.py:activate": "sets a context variable",
    "capture/recorder.py:deactivate": "resets a context variable",
    "capture/recorder.py:recording": "reads a context variable",
    "capture/recorder.py:Recorder.discard": "lets go of references",
    "capture/recorder.py:Recorder.rest": "lets go of references",
    "capture/stack.py:Walker.forget": "lets go of references",
    "middleware.py:_begin": "looks at a context variable, then calls what catches its own errors",
    "scopes/unit.py:Unit.__init__": "sets attributes",
    "scopes/unit.py:enclosing": "looks at a context variable",
}
"""What is called where nothing would catch an exception, and why none can come from there."""
NOTHING_BELOW = {
    "QuerySet.contains",
    "AsyncToSync.__call__",
    "BaseDatabaseWrapper.connect",
    "ConnectionHandler.create_connection",
    "BaseHandler.check_response",
    "BaseHandler.make_view_atomic",
    "BaseHandler.process_exception_by_middleware",
    "CursorWrapper.__iter__",
    "QuerySet._clone",
    "QuerySet.aggregate",
    "QuerySet.count",
    "QuerySet.exists",
    "QuerySet.get",
    "RawQuerySet._clone",
}
"""Hooks that set attributes or a context variable and may call no function of ours that was not called before."""


@pytest.fixture
def pages(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    settings.ROOT_URLCONF = everything.__name__
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, everything.MIDDLEWARE]
    settings.TEMPLATES = [*settings.TEMPLATES, rendering.JINJA]
    monkeypatch.setattr(lanes, "LEAST_NS", 0)
    monkeypatch.setattr(guard, "_reported", set())
    return client


def visit(client: Client) -> list[Any]:
    """Go by every hook; return all that the application sees of it."""
    seen: list[Any] = []
    for page in everything.PAGES:
        response = client.get(f"/{page.__name__}/")
        seen.append((response.status_code, b"".join(response) if response.streaming else response.content))
    seen.append(client.post("/api/", {"code": "de"}).content)
    seen += run_async(_avisit())
    with profile("block"):
        seen.append(Country.objects.count())
    seen.append(call_command(everything.Command(), stdout=StringIO()))
    return seen


async def _avisit() -> list[Any]:
    awaited, streamed = [await AsyncClient().get(f"/{page.__name__}/") for page in everything.ASYNC_PAGES]
    seen = [awaited.content, b"".join([chunk async for chunk in streamed.streaming_content])]  # type: ignore[attr-defined]
    for consumer in (Chat, AsyncChat):
        socket = ApplicationCommunicator(consumer.as_asgi(), {"type": "websocket"})
        for message in ({"type": "websocket.connect"}, {"type": "websocket.receive", "text": "1"}):
            await socket.send_input(message)
            seen.append(await socket.receive_output())
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait()
    return seen


def watched(pages: Client, recording: Recording) -> tuple[list[Any], Calls]:
    """Return what the application sees without recording, and what of ours runs while it sees the same with it."""
    recording.set(ENABLED=False)
    plain = visit(pages)
    recording.set(ENABLED=True)
    assert visit(pages) == plain
    pipeline.flush(20)
    with Calls() as calls:
        visit(pages)
    return plain, calls


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # of objects that were never finished
def test_every_function_that_a_hook_calls(
    pages: Client, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    """Broken one after the other: no response, no row and no exception is another one; each is reported once."""
    plain, calls = watched(pages, recording)
    functions = calls.breakable()
    assert set(TRUSTED) <= set(functions)
    problems = {}
    for name in sorted(set(functions) - set(TRUSTED)):
        caplog.clear()
        if problem := _broken(functions[name], plain, pages, caplog):
            problems[name] = problem
            tidy()
    assert not problems, "\n".join(f"{name} {problem}" for name, problem in problems.items())


def _broken(code: CodeType, plain: list[Any], pages: Client, caplog: pytest.LogCaptureFixture) -> str:
    """Return what went wrong while the functions made of ``code`` were broken."""
    guard._reported.clear()
    pipeline._writer.problem = None  # else nothing is recorded for the next seconds
    with broken(code) as fault:
        try:
            seen = copy_context().run(visit, pages)
        except Exception as error:
            return f"raised {error!r} {''.join(traceback.format_exception(error)[-6:])}"
    gc.collect()
    if open_recorders:
        return f"left recorders open: {open_recorders.clear()}"
    pipeline.flush(20)
    reports = Counter(each.args for each in caplog.records if each.name == "queryscope")
    if seen != plain:
        return f"answered {[each for each, other in zip(seen, plain, strict=True) if each != other]}"
    if not fault.calls:
        return "was not called"
    return "" if reports and set(reports.values()) == {1} else f"was reported {dict(reports)}"


def tidy() -> None:
    """Take away what a page left half done."""
    connections.close_all()
    Author.objects.filter(born=1815).delete()
    Country.objects.filter(code__in=["d1", "n1"]).delete()


def test_every_hook_has_something_below_it(pages: Client, recording: Recording) -> None:
    """Each attribute of Django's that is replaced is gone by above, and something of ours is broken below it."""
    _, calls = watched(pages, recording)
    below = {caller for callers in calls.below.values() for caller in callers}
    hooks = {f"{owner.__name__}.{name}": owner.__dict__[name] for owner, name, _ in patching._patched}
    assert hooks
    assert {name for name, hook in hooks.items() if calls.entered.isdisjoint(_codes(hook))} == set()
    missed = {name for name, hook in hooks.items() if below.isdisjoint(_codes(hook))}
    assert missed - NOTHING_BELOW == set()


def _codes(hook: Any) -> set[CodeType]:
    """Return the code of a hook, also where decorators stand around it."""
    function = getattr(hook, "fget", getattr(hook, "__func__", hook))
    inner = [cell.cell_contents for cell in function.__closure__ or ()]
    return {each.__code__ for each in (function, *inner) if isinstance(each, FunctionType)}
