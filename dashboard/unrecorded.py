"""Why a request has no trace, for whoever looks for it: the setting that decided, with its value."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest

from queryscope.profiler import pipeline
from queryscope.profiler.checks import MIDDLEWARE
from queryscope.profiler.settings import current


def why_not(request: HttpRequest) -> str:
    """Return one or two sentences; raises nothing but ConfigError."""
    if MIDDLEWARE not in settings.MIDDLEWARE:
        return f"{MIDDLEWARE} is not in MIDDLEWARE, so no request is recorded. Put it first:"
    config, status = current(), pipeline.status()
    if not config.enabled:
        return f"Recording is off: DEBUG is {settings.DEBUG} and QUERYSCOPE['ENABLED'] decides otherwise or is not set."
    if status.paused_at is not None:
        return "Recording is paused, in every process. Resume it on the live page of the dashboard."
    if status.problem is not None:
        return status.problem
    for expression in config.ignore_paths:
        if re.search(expression, request.path):
            return f"Its path is left out by QUERYSCOPE['IGNORE_PATHS'], which has {expression!r}."
    if config.sample < 1:
        return f"QUERYSCOPE['SAMPLE'] is {config.sample:g}: that share of the requests is recorded, and this one is not among them."
    return "It was answered before QueryscopeMiddleware saw it. Put that first in MIDDLEWARE:"
