"""Pages that stand for the one asked for: the 403 page says which condition failed, the others what went wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from queryscope.dashboard.access import Decision
from queryscope.dashboard.pages import render


def plain(sentence: str, status: int) -> HttpResponse:
    """Return a sentence for scripts and fragments, which have no page to show."""
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def denied(request: HttpRequest, decision: Decision, reason: str = "") -> HttpResponse:
    """Return the refusal. A fragment that htmx fetched makes the browser load the page, which then says why."""
    if request.headers.get("HX-Request"):
        refused = plain("Not admitted.", 403)
        refused["HX-Refresh"] = "true"
        return refused
    page = {"reason": reason, "conditions": decision.conditions}
    return render(request, "queryscope/denied.html", page, status=403)


def problem(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    """Return a page, or a plain sentence where htmx or a script asked, that says what went wrong."""
    if request.headers.get("HX-Request") or "text/html" not in request.headers.get("Accept", "text/html"):
        return plain(sentence, status)
    return render(request, "queryscope/problem.html", {"title": title, "sentence": sentence}, status=status)
