"""Two traces side by side, whichever they are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_safe

from queryscope.dashboard.opened import open_report
from queryscope.dashboard.pages import render
from queryscope.dashboard.presentation.compare.page import compare_page
from queryscope.dashboard.views.frame import frame, stored
from queryscope.dashboard.views.request import answering_missing
from queryscope.profiler.analysis.comparison import compare as compared


@require_safe
@answering_missing
def chosen(request: HttpRequest) -> HttpResponse:
    """Lead to the comparison of ``?before=`` and ``?after=``, each a number, an id, the beginning of one, or "last"."""
    before, after = (open_report(request.GET.get(name) or "last").trace.id for name in ("before", "after"))
    return redirect("queryscope:compare", before=before, after=after)


@require_safe
@answering_missing
def compare(request: HttpRequest, before: str, after: str) -> HttpResponse:
    """Answer with the comparison of two traces; "last", a number or a prefix leads to the address with both ids."""
    one, other = open_report(before), open_report(after)
    if (one.trace.id, other.trace.id) != (before, after):
        return redirect("queryscope:compare", before=one.trace.id, after=other.trace.id)
    page = compare_page(compared(one, other), get_current_timezone())
    return render(
        request, "queryscope/compare.html", {"page": page, "chrome": frame(request, "request", stored())}
    )
