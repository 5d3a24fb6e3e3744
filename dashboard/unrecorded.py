"""Why a request has no trace, for whoever looks for it: the setting that decided, with its value."""

from __future__ import annotations

import re

from django.http import HttpRequest

from queryscope.dashboard.installed import found
from queryscope.dashboard.presentation.live.setup import switched_off
from queryscope.dashboard.presentation.panel import SETTING
from queryscope.profiler import pipeline
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.settings import current


def why_not(request: HttpRequest) -> tuple[str, str]:
    """Return one or two sentences, and what to write into the settings where that helps. Raises ConfigError only."""
    setting = found()
    if MIDDLEWARE not in setting.middleware:
        return f"{MIDDLEWARE} is not in MIDDLEWARE, so no request is recorded. Put it first:", SETTING
    if not setting.enabled:
        return f"Recording is off. {switched_off(setting)}", ""
    if why := _this_one(request):
        return why, ""
    return "It was answered before QueryscopeMiddleware saw it. Put that first in MIDDLEWARE:", SETTING


def _this_one(request: HttpRequest) -> str:
    """Return what left out this very request although requests are recorded, ``""`` where nothing did."""
    config, status = current(), pipeline.status()
    if status.paused_at is not None:
        return "Recording is paused, in every process. Resume it on the live page of the dashboard."
    if status.problem is not None:
        return status.problem
    for expression in config.ignore_paths:
        if re.search(expression, request.path):
            return f"Its path is left out by QUERYSCOPE['IGNORE_PATHS'], which has {expression!r}."
    if config.sample < 1:
        return f"QUERYSCOPE['SAMPLE'] is {config.sample:g}: that share of the requests is recorded, and this one is not among them."
    return ""
