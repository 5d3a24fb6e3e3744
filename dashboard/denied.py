"""Pages that stand for the one asked for: the 403 page says which condition failed, the others what went wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from queryscope.dashboard.access import Decision
from queryscope.dashboard.pages import render

PLAIN = "text/plain; charset=utf-8"


def denied(request: HttpRequest, decision: Decision, reason: str = "") -> HttpResponse:
    """Return the refusal. A fragment that htmx fetched makes the browser load the page, which then says why."""
    if request.headers.get("HX-Request"):
        return HttpResponse("Not admitted.", status=403, content_type=PLAIN, headers={"HX-Refresh": "true"})
    page = {"reason": reason, "conditions": decision.conditions}
    return render(request, "queryscope/denied.html", page, status=403)


def problem(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    """Return a page, or a plain sentence where htmx or a script asked, that says what went wrong."""
    if request.headers.get("HX-Request") or "text/html" not in request.headers.get("Accept", "text/html"):
        return HttpResponse(sentence, status=status, content_type=PLAIN)
    return render(request, "queryscope/problem.html", {"title": title, "sentence": sentence}, status=status)
