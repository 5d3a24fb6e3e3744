"""The live page, and the fragments that bring it up to date."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from queryscope.dashboard import batch, installed, window
from queryscope.dashboard.denied import plain
from queryscope.dashboard.pages import render
from queryscope.dashboard.presentation.live import page
from queryscope.dashboard.presentation.live.filter import parse
from queryscope.dashboard.presentation.live.listing import MOST, link, listing, sort_of
from queryscope.dashboard.presentation.live.setup import setup
from queryscope.dashboard.presentation.live.source import Source
from queryscope.dashboard.transport import transport
from queryscope.dashboard.views.frame import frame
from queryscope.profiler import units
from queryscope.profiler.errors import StoreError

LARGEST = 2**63 - 1


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Return the live page for ``?q=`` (filter), ``?sort=`` and ``?before=``; without traces, what is missing."""
    try:
        source = window.read()
    except StoreError as error:
        return _without(request, str(error))
    if not source.totals.traces:
        return _without(request, None, source)
    values = {
        "board": page.board(
            source, _query(request), sort_of(request.GET.get("sort", "")), _number(request, "before")
        ),
        "session": page.session_of(source),
        "problem": source.problem,
        "dropped": source.dropped and units.count(source.dropped),
        "cursor": source.last_seq,
    }
    return render(request, "queryscope/live.html", _frame(request, source.totals.traces) | values)


@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """Return the rows after ``?after=``, the rows below ``?before=``, or with neither the drawings; all for ``?q=``."""
    after, before = _number(request, "after"), _number(request, "before")
    if after is not None:
        return _newer(request, after)
    try:
        source = window.read()
    except StoreError as error:
        return plain(str(error), 503)
    wanted = parse(_query(request))
    if before is not None:
        found = listing(source, wanted, "time", before)
        body = "rows-held" if request.GET.get("held") else "rows"
        return render(
            request, "queryscope/_older.html", {"listing": found, "body": body, "oob": True, "most": MOST}
        )
    return render(
        request, "queryscope/_overview.html", {"overview": page.overview(source, wanted), "oob": True}
    )


def _newer(request: HttpRequest, after: int) -> HttpResponse:
    found = batch.read(after)
    response = HttpResponse(batch.render(found, _query(request)))
    if found.restarted:
        # The log that the page shows is gone.
        response["HX-Refresh"] = "true"
    return response


def _without(request: HttpRequest, problem: str | None, source: Source | None = None) -> HttpResponse:
    values: dict[str, Any] = {
        "setup": setup(installed.found(), problem),
        "session": page.session_of(source) if source else None,
        "problem": source.problem if source else None,
        "cursor": source.last_seq if source else 0,
        "site": installed.site(),
    }
    return render(
        request, "queryscope/live.html", _frame(request, 0) | values, status=503 if problem else 200
    )


def _frame(request: HttpRequest, traces: int) -> dict[str, Any]:
    return {
        "chrome": frame(request, "live", traces),
        "transport": transport(request),
        "query": parse(_query(request)).text,
        "here": request.get_full_path(),
        "most": MOST,
        "reset": link(""),
    }


def _query(request: HttpRequest) -> str:
    return request.GET.get("q", "")


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    return min(int(text), LARGEST)
