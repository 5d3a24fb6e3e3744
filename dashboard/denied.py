"""The 403 page: which condition failed, with the values seen, and what to set."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from queryscope.dashboard.access import Decision
from queryscope.dashboard.pages import render


def denied(request: HttpRequest, decision: Decision, reason: str = "") -> HttpResponse:
    """Return the refusal. A fragment that htmx fetched makes the browser load the page, which then says why."""
    if request.headers.get("HX-Request"):
        return HttpResponse(
            "Not admitted.", status=403, content_type="text/plain", headers={"HX-Refresh": "true"}
        )
    page = {"reason": reason, "conditions": decision.conditions}
    return render(request, "queryscope/denied.html", page, status=403)
