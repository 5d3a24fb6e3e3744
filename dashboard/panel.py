"""The panel in django-debug-toolbar, and the only file that imports it.

While the toolbar collects, the recording is still open: what is kept then are the trace's id and the counts so far. The
content is read from the store when somebody opens the panel. No error of ours may reach the page it stands in.
"""

from __future__ import annotations

from time import time
from typing import Any

from debug_toolbar.panels import Panel
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.safestring import mark_safe

from queryscope.dashboard.assets import asset, assets_version
from queryscope.dashboard.guard import public
from queryscope.dashboard.pages import render_to_string
from queryscope.dashboard.presentation.panel import PanelPage, absent, page_of
from queryscope.dashboard.presentation.request.missing import (
    STILL_WRITING,
    Missing,
    not_kept,
    not_stored,
    unreadable,
    unrecorded,
)
from queryscope.dashboard.published import published
from queryscope.dashboard.unrecorded import why_not
from queryscope.profiler import pipeline
from queryscope.profiler.capture import guard
from queryscope.profiler.capture.recorder import Recorder, active, open_recorders
from queryscope.profiler.errors import StoreError, TraceNotFound
from queryscope.profiler.settings import current
from queryscope.profiler.store import current_store
from queryscope.profiler.units import ms, plural

STYLES = ("tokens.css", "app.css", "request.css", "panel.css")
PENDING_SECONDS = 5.0
"""So long after the response a trace that is not in the store counts as on its way, whichever process writes it."""


class QueryscopePanel(Panel):
    """Add ``"queryscope.dashboard.panel.QueryscopePanel"`` to ``DEBUG_TOOLBAR_PANELS``."""

    is_async = True
    title = "queryscope"

    @property
    def nav_subtitle(self) -> str:
        """The counts, as they stood when the toolbar looked."""
        stats = self.get_stats()
        if not stats.get("trace_id"):
            return "not recorded" if stats else ""
        return f"{plural(stats['queries'], 'query', 'queries')}, {ms(stats['db_ms'])} ms"

    @property
    def content(self) -> str:
        """The panel's HTML, made now from what the store has."""
        try:
            return self._render(self._page())
        except Exception:
            guard.report("the toolbar panel")
            return mark_safe("<p>queryscope could not draw its panel; the log of the server says why.</p>")

    @property
    def scripts(self) -> list[str]:
        """The module that gives the panel a style of its own."""
        return [_asset_url("panel.js")]

    @classmethod
    def get_urls(cls) -> list[URLPattern]:
        """Our own files, under the toolbar's prefix: they are there whether or not the dashboard is mounted."""
        return [path("queryscope/<str:version>/<path:path>", public(asset), name="queryscope_asset")]

    def generate_stats(self, request: HttpRequest, response: HttpResponse) -> None:
        """Keep the id of the trace and the counts so far, or why there is no trace."""
        try:
            recorder = getattr(request, "queryscope_recorder", None) or active.get()
            self.record_stats(_unrecorded(request) if recorder is None else _so_far(recorder))
        except Exception:
            guard.report("the toolbar panel")

    def _page(self) -> PanelPage:
        stats = self.get_stats()
        trace_id = stats.get("trace_id")
        if not trace_id:
            why, code = stats.get("why", "The toolbar kept nothing of it."), stats.get("code", "")
            return absent(unrecorded(why, code))
        # Asked first: a page that renders its panels at once does so in the event loop, where no store is read.
        if trace_id in open_recorders:
            return absent(STILL_WRITING)
        try:
            return page_of(current_store().report(trace_id), current())
        except TraceNotFound:
            return absent(_gone(stats["ended_at"]))
        except StoreError as error:
            return absent(unreadable(str(error)))

    def _render(self, page: PanelPage) -> str:
        trace_id = self.get_stats().get("trace_id")
        shown = page.picture is not None or (page.notice is not None and not page.notice.action)
        context = {
            "page": page,
            "styles": [_asset_url(name) for name in STYLES],
            "dashboard": _dashboard_url(trace_id) if trace_id and shown else "",
            "again": f"{reverse('djdt:render_panel')}?request_id={self.toolbar.request_id}&panel_id={self.panel_id}",
        }
        return mark_safe(render_to_string("queryscope/panel/panel.html", context))


def _gone(ended_at: float) -> Missing:
    if problem := pipeline.status().problem:
        return not_stored(problem)
    return STILL_WRITING if time() - ended_at < PENDING_SECONDS else not_kept(current())


def _so_far(recorder: Recorder) -> dict[str, Any]:
    return {
        "trace_id": recorder.trace_id,
        "queries": recorder.queries,
        "db_ms": recorder.db_ms,
        "ended_at": time(),
    }


def _unrecorded(request: HttpRequest) -> dict[str, Any]:
    why, code = why_not(request)
    return {"trace_id": None, "why": why, "code": code}


def _asset_url(name: str) -> str:
    return reverse("djdt:queryscope_asset", kwargs={"version": assets_version(), "path": name})


def _dashboard_url(trace_id: str) -> str:
    """Return where a dashboard shows the trace: mounted in this site, else served alone; ``""`` where there is none."""
    try:
        return reverse("queryscope:request", kwargs={"trace_id": trace_id})
    except NoReverseMatch:
        served = published()
        return f"{served}requests/{trace_id}/" if served else ""
