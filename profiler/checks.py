"""System checks of queryscope's settings and installation; docs/troubleshooting.md explains each id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from queryscope.profiler.config import parse
from queryscope.profiler.errors import ConfigError

MIDDLEWARE = "queryscope.profiler.middleware.QueryscopeMiddleware"


@register("queryscope")
def check_settings(**_: Any) -> list[CheckMessage]:
    """Report every wrong key and value of ``QUERYSCOPE``, not only the first."""
    options = getattr(settings, "QUERYSCOPE", {})
    if not isinstance(options, Mapping):
        return [Error(f"QUERYSCOPE is {type(options).__name__}, it must be a dict.", id="queryscope.E001")]
    found = [message for key in options for message in _check(str(key), options[key])]
    return found or _check_patterns(options)


@register("queryscope")
def check_middleware(**_: Any) -> list[CheckMessage]:
    """Warn where nothing can be recorded, or not all of it."""
    installed = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in installed:
        text = f"{MIDDLEWARE} is not in MIDDLEWARE: no request is recorded."
        return [Warning(text, hint="Put it first in MIDDLEWARE.", id="queryscope.W001")]
    if installed[0] != MIDDLEWARE:
        text = f"{MIDDLEWARE} is at place {installed.index(MIDDLEWARE) + 1} of MIDDLEWARE: what stands before it is not recorded."
        return [Warning(text, hint="Put it first in MIDDLEWARE.", id="queryscope.W002")]
    return []


def _check(key: str, value: Any) -> list[CheckMessage]:
    try:
        parse({key: value})
    except ConfigError as error:
        unknown = "is not an option" in str(error)
        return [Error(str(error), id="queryscope.E001" if unknown else "queryscope.E002")]
    return []


def _check_patterns(options: Mapping[str, Any]) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for key in ("IGNORE_PATHS", "SAMPLE_PATHS"):
        for expression in options.get(key, ()):
            try:
                re.compile(expression)
            except re.error as error:
                text = f"QUERYSCOPE[{key!r}] holds {expression!r}, which is no regular expression: {error}."
                messages.append(Error(text, id="queryscope.E002"))
    return messages
