"""The page of one view, or of one task or command by its name."""

from __future__ import annotations

from typing import get_args

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from queryscope.dashboard.pages import render
from queryscope.dashboard.presentation.history.page import history_page
from queryscope.dashboard.views.frame import frame, stored
from queryscope.profiler import settings
from queryscope.profiler.store import Store, Summary, current_store
from queryscope.profiler.trace import Kind

MOST_PROBLEMS = 1_000


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Answer with the page of ``?view=``, or of ``?kind=`` and ``?name=``; 404 where nothing of it is stored."""
    view, name = request.GET.get("view", ""), request.GET.get("name", "")
    store = current_store()
    traces = _traces(store, view, request.GET.get("kind", ""), name)
    if not traces:
        raise Http404(
            f"No trace of {view or name or 'this view'!r} is stored: it did not run, or its traces were removed."
        )
    here = view or name
    page = history_page(
        here,
        traces,
        [problem for problem in store.problems(limit=MOST_PROBLEMS) if here in problem.views],
        settings.current(),
        timezone.get_current_timezone(),
        timezone.now(),
    )
    return render(
        request, "queryscope/history.html", {"page": page, "chrome": frame(request, "request", stored())}
    )


def _traces(store: Store, view: str, kind: str, name: str) -> tuple[Summary, ...]:
    """Return the traces of a view; a problem names tasks and commands in the same way, so these are looked for as well."""
    kinds: dict[str, Kind] = {known: known for known in get_args(Kind)}
    if view:
        named = (store.of_name(known, view) for known in kinds.values())
        return store.of_view(view) or next(filter(None, named), ())
    return store.of_name(kinds[kind], name) if kind in kinds and name else ()
