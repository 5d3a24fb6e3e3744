"""The page of one trace and its fragments."""

from __future__ import annotations

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from queryscope.profiler.errors import TraceNotFound
from queryscope.profiler.report import Report, to_document
from queryscope.profiler.store import current_store


def latest(request: HttpRequest) -> HttpResponse:
    """Lead to the newest trace; 404 while there is none."""
    return redirect("queryscope:request", trace_id=_report("last").trace.id)


def request(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Return the report as JSON."""
    return _json(to_document(_report(trace_id)))


def query(request: HttpRequest, trace_id: str, n: int) -> HttpResponse:
    """Return one span as JSON; 404 where the trace has none of that number."""
    for span in _report(trace_id).trace.spans:
        if span.n == n:
            return _json(span)
    raise Http404(f"This trace has no statement {n}.")


def spans(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Return all spans as JSON."""
    return _json(_report(trace_id).trace.spans)


def _report(reference: str) -> Report:
    log = current_store()
    try:
        return log.report(log.resolve(reference))
    except TraceNotFound as error:
        raise Http404(str(error)) from error


def _json(value: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), content_type="application/json")
