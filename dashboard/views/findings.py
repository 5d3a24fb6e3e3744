"""The problems of all traces: their list, one of them with its history, and the decision to live with it."""

from __future__ import annotations

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from queryscope.dashboard.denied import plain
from queryscope.dashboard.pages import render
from queryscope.dashboard.presentation.findings.listing import asked_of, findings_page
from queryscope.dashboard.presentation.findings.problem import problem_page
from queryscope.dashboard.views.frame import frame, stored
from queryscope.profiler.errors import IgnoreError, ProblemNotFound, StoreError
from queryscope.profiler.finding import Problem
from queryscope.profiler.store import current_store

MOST = 1_000
"""Problems that the page looks at, the costliest; a project that has more does not miss the others."""
REASON_CHARS = 500


@require_safe
def findings(request: HttpRequest) -> HttpResponse:
    """Answer with all problems that ``?state=``, ``?severity=`` and ``?rule=`` admit, the costliest first."""
    asked = request.GET
    traces = stored()
    page = findings_page(
        current_store().problems(limit=MOST),
        asked_of(asked.get("state"), asked.get("severity", ""), asked.get("rule", "")),
        timezone.get_current_timezone(),
        timezone.now(),
        traces=traces,
    )
    values = {"page": page, "chrome": frame(request, "findings", traces)}
    return render(request, "queryscope/findings/list.html", values)


@require_safe
def problem(request: HttpRequest, identity: str) -> HttpResponse:
    """Answer with one problem and its history, as it was before this look, which marks it as seen; 404 without it."""
    return _page(request, _problem(identity))


@require_POST
def decide(request: HttpRequest, identity: str) -> HttpResponse:
    """Do ``action``: ``ignore`` with its ``reason`` (``keep``: in the project's file), or ``unignore``; then lead back.

    400 for any other action and for what cannot be done as asked, with the page and the reason.
    """
    action, found = request.POST.get("action", ""), _problem(identity)
    try:
        if action == "ignore":
            reason = request.POST.get("reason", "")[:REASON_CHARS]
            current_store().ignore(identity, reason, keep=bool(request.POST.get("keep")))
        elif action == "unignore":
            current_store().unignore(identity)
        else:
            return plain(f"The action is {action!r}; it can be 'ignore' or 'unignore'.", 400)
    except IgnoreError as error:
        return _page(request, found, refusal=str(error), status=400)
    return redirect("queryscope:problem", identity=found.identity)


def _problem(identity: str) -> Problem:
    try:
        return current_store().problem(identity)
    except ProblemNotFound as error:
        raise Http404(str(error)) from error


def _page(request: HttpRequest, found: Problem, refusal: str = "", status: int = 200) -> HttpResponse:
    store = current_store()
    traces = store.traces_of_problem(found.identity)
    page = problem_page(found, traces, timezone.get_current_timezone(), timezone.now())
    if found.state in {"new", "back"}:
        # What cannot be written now can still be read.
        with suppress(StoreError):
            store.mark_seen([found.identity])
    values = {
        "page": page,
        "refusal": refusal,
        "file": store.ignored.path.name if store.ignored else "",
        "chrome": frame(request, "findings", stored()),
    }
    return render(request, "queryscope/findings/problem.html", values, status=status)
