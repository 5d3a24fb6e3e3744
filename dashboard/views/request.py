"""The page of one trace, and what it fetches: the drawer of a query, and all spans as columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import get_current_timezone

from queryscope.dashboard.denied import plain
from queryscope.dashboard.opened import StillWriting, open_report
from queryscope.dashboard.pages import render
from queryscope.dashboard.presentation.request.before import before_of
from queryscope.dashboard.presentation.request.columns import columns_of
from queryscope.dashboard.presentation.request.drawer import drawer_of
from queryscope.dashboard.presentation.request.missing import STILL_WRITING, Missing, not_kept, unreadable
from queryscope.dashboard.presentation.request.page import Wanted, page_of, picture_of, view_named
from queryscope.dashboard.views.frame import frame, stored
from queryscope.profiler import settings
from queryscope.profiler.errors import StoreError, TraceNotFound
from queryscope.profiler.report import Report
from queryscope.profiler.store import Summary, current_store
from queryscope.profiler.trace import Trace

MOST_WORDS_CHARS = 500
MOST_DIGITS = 9
"""Longer numbers in an address are no span and no page of any trace."""

View = Callable[..., HttpResponse]


def answering_missing(view: View) -> View:
    """Return ``view`` with the page for a trace that is not kept, or not yet, where it raises for one."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except TraceNotFound as error:
            return _missing(request, not_kept(settings.current(), str(error)))
        except StillWriting:
            return _missing(request, STILL_WRITING)
        except StoreError as error:
            return _missing(request, unreadable(str(error)), status=503)

    return answered


@answering_missing
def latest(request: HttpRequest) -> HttpResponse:
    """Lead to the newest trace; 404 with words while there is none."""
    return redirect("queryscope:request", trace_id=open_report("last").trace.id)


@answering_missing
def request(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Answer with the page, or with the part a change of view or filter replaces where htmx asks for it."""
    report = open_report(trace_id)
    if report.trace.id != trace_id:  # "last", a number or a prefix: one trace has one address
        return redirect("queryscope:request", trace_id=report.trace.id)
    wanted = _wanted(request)
    if request.headers.get("HX-Request") == "true":
        page: Any = picture_of(report, wanted, _address(report.trace))
        return _varying(
            render(request, "queryscope/request/_fragment.html", {"page": page, "fragment": True})
        )
    page = _page(report, wanted)
    return _varying(
        render(
            request, "queryscope/request.html", {"page": page, "chrome": frame(request, "request", stored())}
        )
    )


@answering_missing
def query(request: HttpRequest, trace_id: str, n: int) -> HttpResponse:
    """Answer with the drawer of one query; 404 where the trace has none of that number."""
    report = open_report(trace_id)
    try:
        drawer = drawer_of(report, n, settings.current())
    except LookupError:
        return plain(f"This trace has no statement {n}.", 404)
    page = {"address": _address(report.trace)}
    return render(request, "queryscope/request/_drawer.html", {"drawer": drawer, "page": page})


@answering_missing
def spans(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Answer with the spans that the filter admits, as columns in JSON."""
    columns = columns_of(open_report(trace_id).trace, _wanted(request).words)
    return HttpResponse(msgspec.json.encode(columns), content_type="application/json")


def _page(report: Report, wanted: Wanted) -> Any:
    store, trace, zone = current_store(), report.trace, get_current_timezone()
    # Its row of the log is at hand, with what was counted when it was stored.
    own = next(
        (row for row in store.newest(1, before=trace.seq + 1) if row.id == trace.id), None
    ) or Summary.of(report)
    problems = store.problems_of(report.findings)
    return page_of(
        report,
        wanted,
        settings.current(),
        address=_address(trace),
        zone=zone,
        own=own,
        before=before_of(own, store.previous(own), zone, cold=trace.cold),
        ignored={known.identity: known.reason or "" for known in problems.values() if known.reason},
        neighbours=store.neighbours(trace.seq),
        of_view=store.of_view(trace.view) if trace.view else store.of_name(trace.kind, trace.name),
    )


def _address(trace: Trace) -> str:
    return reverse("queryscope:request", kwargs={"trace_id": trace.id})


def _wanted(request: HttpRequest) -> Wanted:
    """Return what the address asks for; what makes no sense counts as not asked."""
    asked = request.GET
    return Wanted(
        view=view_named(asked.get("view", "")),
        words=asked.get("q", "").strip()[:MOST_WORDS_CHARS],
        n=_number(asked.get("n", "")),
        sort=asked.get("sort", "n"),
        page=_number(asked.get("page", "")) or 1,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def _varying(response: HttpResponse) -> HttpResponse:
    response["Vary"] = "HX-Request"
    return response


def _missing(request: HttpRequest, missing: Missing, status: int = 404) -> HttpResponse:
    page = {"missing": missing, "chrome": frame(request, "request", stored())}
    response = render(request, "queryscope/missing.html", page, status=status)
    if missing.writing:
        response["Refresh"] = "1"
    return response
