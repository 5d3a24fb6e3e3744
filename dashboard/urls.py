"""Every page of the dashboard by name; mounted with ``path("queryscope/", include("queryscope.dashboard.urls"))``."""

from __future__ import annotations

from django.urls import URLPattern
from django.urls import path as django_path

from queryscope.dashboard.assets import asset
from queryscope.dashboard.guard import View, guarded, public
from queryscope.dashboard.views.compare import chosen, compare
from queryscope.dashboard.views.enter import enter
from queryscope.dashboard.views.findings import decide, findings, problem
from queryscope.dashboard.views.history import history
from queryscope.dashboard.views.live import live, rows
from queryscope.dashboard.views.recording import recording
from queryscope.dashboard.views.request import latest, query, request, spans
from queryscope.dashboard.views.reserved import reserved
from queryscope.dashboard.views.rules import rule, rules

app_name = "queryscope"

OPEN = frozenset({"asset", "enter"})
"""What everybody may fetch: our own files, which hold no data, and the place where a token is shown."""


def path(route: str, view: View, name: str) -> URLPattern:
    """Return the pattern with the view closed to strangers, unless its name is listed in ``OPEN``."""
    return django_path(route, public(view) if name in OPEN else guarded(view), name=name)


urlpatterns = [
    path("", live, name="live"),
    path("rows/", rows, name="rows"),
    path("requests/", latest, name="latest"),
    path("requests/<str:trace_id>/", request, name="request"),
    path("requests/<str:trace_id>/queries/<int:n>/", query, name="query"),
    path("requests/<str:trace_id>/spans.json", spans, name="spans"),
    path("compare/", chosen, name="chosen"),
    path("compare/<str:before>/<str:after>/", compare, name="compare"),
    path("view/", history, name="view"),
    path("findings/", findings, name="findings"),
    path("findings/<str:identity>/", problem, name="problem"),
    path("findings/<str:identity>/decision/", decide, name="decide"),
    path("rules/", rules, name="rules"),
    path("rules/<slug:rule>/", rule, name="rule"),
    path("recording/", recording, name="recording"),
    path("enter/<str:token>/", enter, name="enter"),
    path("assets/<str:version>/<path:path>", asset, name="asset"),
    path("s/", reserved, name="shares"),
    path("s/<path:rest>", reserved, name="share"),
]
