"""One trace for each request, whatever the view does and however the body is sent."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import AsyncClient, Client, RequestFactory

from demo.catalog.models import Country
from queryscope.profiler.trace import Trace
from tests.conftest import Recording, run_async

pytestmark = pytest.mark.usefixtures("countries")
HERE = "tests/project/views.py"


def asked(trace: Trace) -> int:
    """Statements that name a table: a backend also asks a fresh connection for its server's settings."""
    return sum(bool(span.tables) for span in trace.spans)


def test_a_request_is_one_trace(client: Client, recording: Recording) -> None:
    """Method, path, view, status, time and size of a request are those of its response."""
    response = client.get("/plain/?page=2")
    trace = recording.trace
    assert (trace.method, trace.path, trace.status, trace.queries) == ("GET", "/plain/", 200, 1)
    assert trace.view == "tests.project.views.plain"
    assert trace.request is not None
    assert trace.request.query_string == "page=2"
    assert trace.response_bytes == len(response.content)
    assert 0 < trace.db_ms < trace.duration_ms
    assert [lane.name for lane in trace.lanes if lane.name != "routing"] == [
        "middleware",
        "view",
        "middleware",
    ]


def test_the_call_site_is_the_application_line(client: Client, recording: Recording) -> None:
    """The innermost frame outside of libraries, with line, columns, function and text."""
    client.get("/plain/")
    site = recording.trace.spans[0].call_site
    assert site is not None
    assert site.label == HERE
    assert site.function == "plain"
    assert site.source is not None
    assert site.source[site.column - 1 : site.end_column - 1] == "Country.objects.count()"  # type: ignore[operator]


def test_the_template_line_and_its_chain(client: Client, recording: Recording) -> None:
    """A statement of a template names the node's line and leads outwards through include and extends."""
    client.get("/template/")
    spans = recording.trace.spans
    assert len(spans) == 3
    outer, inner = spans[0].template_site, spans[1].template_site
    assert outer is not None
    assert inner is not None
    assert (outer.name, outer.line) == ("tests/countries.html", 4)
    assert (inner.name, inner.line, inner.source) == (
        "tests/_country.html",
        2,
        "  {{ country.authors.count }} authors</li>",
    )
    assert [(line.name, line.line) for line in inner.chain] == [
        ("tests/countries.html", 5),
        ("tests/countries.html", 4),
        ("tests/base.html", 3),
        ("tests/countries.html", 1),
    ]
    assert spans[1].via_template
    assert spans[1].call_site is not None
    assert spans[1].call_site.function == "template"
    assert spans[1].site_id == spans[2].site_id != spans[0].site_id


def test_transactions_and_savepoints(client: Client, recording: Recording) -> None:
    """BEGIN to COMMIT is one transaction, the failed savepoint inside it another that was rolled back."""
    client.get("/writes/")
    trace = recording.trace
    inserts = [span for span in trace.spans if span.kind == "insert"]
    assert [span.error is not None for span in inserts] == [False, True]
    outer, inner = trace.transactions
    assert (outer.savepoint, outer.end, inner.end) == (None, "committed", "rolled_back")
    assert inner.savepoint is not None
    assert [span.transaction for span in inserts] == [outer.n, inner.n]
    assert trace.queries == 2, "BEGIN, COMMIT and savepoints are not queries"


def test_the_exception_of_a_view_is_kept(client: Client, recording: Recording) -> None:
    """The response is Django's, the trace says what was raised."""
    response = client.get("/fails/")
    trace = recording.trace
    assert response.status_code == trace.status == 500
    assert trace.error == "ValueError: <b>broken</b>"


def test_a_missing_page_is_a_trace_without_error(client: Client, recording: Recording) -> None:
    """404 is an answer; a path without a view has none."""
    client.get("/missing/")
    client.get("/nowhere/")
    first, second = recording.summaries
    assert (first.status, first.error, first.view) == (404, None, "tests.project.views.missing")
    assert (second.status, second.view) == (404, None)


def test_raw_cursors_and_batches(client: Client, recording: Recording) -> None:
    """Statements of a cursor are recorded as sent, a batch as one with its size."""
    client.get("/raw/")
    spans = [span for span in recording.trace.spans if span.kind != "transaction"]
    assert [span.kind for span in spans] == ["select", "select", "insert", "select"]
    assert [parameter.text for parameter in spans[0].params] == ["aa"]
    assert spans[1].sql == "SELECT 'it''s', 100 %% 7 WHERE 1 = %s"
    assert (spans[2].batch, spans[2].rows) == (2, 2)
    assert spans[3].params == ()
    assert Country.objects.filter(code__startswith="x").count() == 2


def test_a_streaming_body_is_part_of_its_request(client: Client, recording: Recording) -> None:
    """What the generator runs belongs to the trace, which ends with the body."""
    body = b"".join(client.get("/stream/"))
    trace = recording.trace
    assert body.splitlines() == [b"2", b"Germany", b"Norway"]
    assert trace.queries == 2
    assert trace.response_bytes == len(body)
    assert trace.lanes[-1].name == "streaming"


def test_an_async_streaming_body_is_part_of_its_request(client: Client, recording: Recording) -> None:
    """The same for an async generator."""

    async def read() -> bytes:
        response = await AsyncClient().get("/async-stream/")
        return b"".join([chunk async for chunk in response.streaming_content])  # type: ignore[attr-defined]

    body = run_async(read())
    assert body.splitlines() == [b"2", b"Germany", b"Norway"]
    assert asked(recording.trace) == 2
    assert recording.trace.response_bytes == len(body)


def test_a_client_that_goes_away_ends_the_trace(client: Client, recording: Recording) -> None:
    """Closing a half-read response closes the recording."""
    response = client.get("/stream/")
    assert next(iter(response)) == b"2\n"
    response.close()
    assert recording.trace.queries == 1


def test_a_stream_that_raises_is_noted(client: Client, recording: Recording) -> None:
    """The exception reaches the server and is kept in the trace."""
    response = client.get("/stream-fails/")
    with pytest.raises(ValueError, match="mid-stream"):
        b"".join(response.streaming_content)  # type: ignore[attr-defined]
    response.close()
    assert recording.trace.error == "ValueError: mid-stream"


def test_a_file_is_left_to_the_server(client: Client, recording: Recording) -> None:
    """The server's own way of sending files is used, and the trace ends when it closes the response."""
    environ = RequestFactory().get("/file/").environ | {"wsgi.file_wrapper": FileWrapper}
    body = WSGIHandler()(environ, lambda status, headers: None)
    assert isinstance(body, FileWrapper)
    assert recording.summaries == ()
    body.close()
    assert asked(recording.trace) == 1


async def _get(address: str) -> Any:
    return await AsyncClient().get(address)


def test_async_statements_name_the_line_that_awaits(client: Client, recording: Recording) -> None:
    """The thread of the database does not hold the coroutine: its line is found all the same."""
    response = run_async(_get("/gathers/"))
    assert response.json() == {"count": 2, "names": 2, "more": 2}
    trace = recording.trace
    assert asked(trace) == 4
    sites = [span.call_site for span in trace.spans if span.tables]
    assert all(site and site.function.startswith("gathers") for site in sites[:2])
    assert [site and site.source and site.source.strip() for site in sites[:2]] == [
        "first = await Country.objects.acount()",
        "names = [country.name async for country in Country.objects.all()]",
    ]


def test_concurrent_requests_do_not_mix(client: Client, recording: Recording) -> None:
    """Three requests on one loop keep their statements apart."""

    async def together() -> None:
        await asyncio.gather(*(_get(f"/slow/{number}/") for number in (3, 5, 8)))

    run_async(together())
    traces = [recording.store.report(summary.id).trace for summary in recording.summaries]
    assert sorted((trace.path, asked(trace)) for trace in traces) == [
        ("/slow/3/", 3),
        ("/slow/5/", 5),
        ("/slow/8/", 8),
    ]


def test_secrets_are_not_stored(client: Client, recording: Recording) -> None:
    """Sensitive columns, path arguments, query strings, form fields and headers leave no byte in the store."""
    client.cookies["sessionid"] = "cookie-secret"
    client.get("/users/?token=query-secret&page=1", headers={"authorization": "Bearer header-secret"})
    client.get("/reset/path-secret/")
    client.post("/plain/", {"password": "form-secret", "name": "shown"})
    client.post("/plain/", '{"password": "json-secret", "name": "shown"}', content_type="application/json")
    store = recording.store
    reports = [store.report(summary.id) for summary in recording.summaries]
    text = str(reports)
    assert "-secret" not in text
    assert "secret@example.com" not in text
    assert "visible" in text
    store.close()
    assert b"-secret" not in b"".join(path.read_bytes() for path in _files(recording))


def _files(recording: Recording) -> list[Any]:
    return [path for path in Path(recording.store.location).parent.iterdir() if path.is_file()]


@pytest.mark.parametrize("mode", ["sensitive", "masked"])
def test_no_statement_and_no_error_tells_a_secret(mode: str, client: Client, recording: Recording) -> None:
    """Bulk updates, failing statements whose error quotes the row, and an exception that quotes the form."""
    recording.set(PARAMETERS=mode)
    assert client.get("/secrets/").content == b"kept"
    client.post("/quotes/", {"password": "hunter2"})
    client.get("/confirm/5f3c1a52-0000-4000-8000-000000000000/")
    client.get("/pin/52712/")
    store = recording.store
    reports = [store.report(summary.id) for summary in recording.summaries]
    assert sum(span.error is not None for span in reports[0].trace.spans) >= 3
    assert "ValueError" in str(reports[1].trace.error)
    text = str(reports)
    assert "hunter2" not in text
    assert "5f3c1a52" not in text
    assert "52712" not in text


def test_full_parameters_show_everything(client: Client, recording: Recording) -> None:
    """Who asks for it gets every value."""
    recording.set(PARAMETERS="full")
    client.get("/users/")
    texts = [parameter.text for parameter in recording.trace.spans[0].params]
    assert "secret@example.com" in texts
    assert "visible" in texts


def test_masked_parameters_show_nothing_and_keep_equality(client: Client, recording: Recording) -> None:
    """Every value is a pseudonym, the same for the same value."""
    recording.set(PARAMETERS="masked")
    client.get("/template/")
    first, second = (span.params[0] for span in recording.trace.spans[1:])
    assert first.masked
    assert second.masked
    assert first.text != second.text


def test_ignored_paths_and_sampling_leave_no_trace(client: Client, recording: Recording) -> None:
    """IGNORE_PATHS and SAMPLE decide before anything is recorded."""
    recording.set(IGNORE_PATHS=(r"^/pla",))
    client.get("/plain/")
    recording.set(IGNORE_PATHS=(), SAMPLE=0.0)
    client.get("/plain/")
    assert recording.summaries == ()


def test_pause_is_obeyed_within_a_second(client: Client, recording: Recording) -> None:
    """A row in the store stops and resumes the recording of this process."""
    client.get("/plain/")
    recording.store.pause()
    until = time.monotonic() + 1.0
    client.get("/plain/")
    while time.monotonic() < until:
        client.get("/plain/")
        time.sleep(0.05)
    assert len(recording.summaries) == 1
    recording.store.resume()
    until = time.monotonic() + 1.0
    while len(recording.summaries) == 1 and time.monotonic() < until:
        client.get("/plain/")
        time.sleep(0.05)
    assert len(recording.summaries) > 1
