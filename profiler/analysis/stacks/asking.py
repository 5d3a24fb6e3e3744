"""Knows who asked: the application, or Django on its own account, which asks again on purpose or cannot be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.profiler.groups import nearest_site
from queryscope.profiler.trace import Frame, Span, Trace

_FRAMEWORK = ("django/contrib/", "django/core/cache/", "rest_framework/authentication.py")
_PAGINATES = ("django/core/paginator.py", "rest_framework/pagination.py")
_KEYS = "rest_framework/relations.py"
_SERIALIZERS = "rest_framework/serializers.py"
_COMMAND = "django/core/management/base.py"
_WAITING = ("django/core/handlers/", _COMMAND)
"""What calls a view or a command: who stands beyond has not asked."""
_PACKAGES = re.compile(r"[\\/](?:site|dist)-packages[\\/]")
_AGAIN = frozenset({
    "refresh_from_db", "arefresh_from_db", "from_db_value", "_perform_unique_checks", "_perform_date_checks", "validate_unique",
    "validate_constraints", "full_clean", "get_or_create", "update_or_create", "select_for_update", "collect", "dumpdata",
})  # fmt: skip
"""Functions of Django that ask whatever was asked before: to have fresh values, to validate, to find what to delete."""
_REPEATS = re.compile(r"while\b|for (?:_+|attempt\w*|retry|retries|tries|try_\w*) in\b")
_ERROR = 400
_PLUMBING = frozenset({"django_session", "django_content_type", "django_site", "django_migrations"})


def near(span: Span) -> Iterator[Frame]:
    """Yield the library frames between a statement and the innermost line of the application, from the inside.

    What waits for the view, such as a middleware, has not asked.
    """
    for frame in span.stack:
        if not frame.library or frame.label.startswith(_WAITING):
            return
        yield frame


def ours(span: Span) -> bool:
    """Return whether a line, a class, a template or a field of the application asked, so that somebody can change it."""
    if by_framework(span) or by_validation(span):
        return False
    if (span.build_sites or span.field_site is not None) and not by_command(span):
        return True
    site = span.template_site
    if span.via_template and site is not None and not _PACKAGES.search(site.file or ""):
        return True
    for frame in span.stack:
        if not frame.library or frame.label.startswith(_WAITING):
            return not frame.library and not frame.label.endswith("manage.py")
    return span.call_site is not None and not span.stack


def by_framework(span: Span) -> bool:
    """Return whether Django's own applications asked: the admin, sessions, users, a cache."""
    return any(frame.label.startswith(_FRAMEWORK) for frame in near(span))


def by_validation(span: Span) -> bool:
    """Return whether a serializer of a package looked for the row that a key in the input names: it does for each key."""
    return any(frame.label == _KEYS and frame.function.endswith(".to_internal_value") for frame in near(span))


def by_list(span: Span) -> bool:
    """Return whether a serializer of a package wrote its rows one by one, with no line of the application inside it."""
    return any(
        frame.label == _SERIALIZERS and frame.function.startswith("ListSerializer.create")
        for frame in near(span)
    )


def by_command(span: Span) -> bool:
    """Return whether a library's management command asked, with no line of the application inside it."""
    for frame in span.stack:
        if not frame.library or frame.label == _COMMAND:
            return frame.library
    return False


def by_paginator(span: Span) -> bool:
    """Return whether a paginator asked, which has to know how many pages there are."""
    return any(frame.label.startswith(_PAGINATES) for frame in near(span))


def on_purpose(span: Span) -> bool:
    """Return whether the function that asked is one that wants an answer of its own."""
    return any(
        frame.label.startswith("django/") and frame.function.rpartition(".")[2] in _AGAIN
        for frame in near(span)
    )


def plumbing(span: Span) -> bool:
    """Return whether a statement serves sessions, content types, sites or a cache table."""
    return any(name in _PLUMBING or "cache" in name for name in span.tables)


def locks(span: Span) -> bool:
    """Return whether the code asks for a lock: SQLite, which locks no row, is sent a statement that does not show it."""
    sites = (*span.build_sites, *([span.call_site] if span.call_site is not None else []))
    return any("select_for_update(" in (site.source or "") for site in sites)


def polls(span: Span) -> bool:
    """Return whether the line stands in a loop that asks again on purpose: until something changes, or so many times."""
    site = span.call_site
    if site is None:
        return False
    # The head of a ``while`` is part of what it repeats.
    return any(_REPEATS.match(text.strip()) for text in (site.loop, site.source) if text)


def ended_early(trace: Trace) -> bool:
    """Return whether an error, also one that the visitor is told of, ended a unit of work before it was done."""
    return trace.error is not None or (trace.status or 0) >= _ERROR


def place(span: Span) -> str:
    """Return where a statement comes from, as a person reads it: ``catalog/views.py:34``."""
    site = nearest_site(span)
    if site is None:
        return "an unknown place"
    name = getattr(site, "label", None) or getattr(site, "name", "")
    return f"{name}:{site.line}" if site.line else str(name)


def caller(span: Span) -> str | None:
    """Return the line of the application that called the function which asked, ``None`` where there is none."""
    own = [frame for frame in span.stack if not frame.library and frame.file.endswith(".py")]
    if span.via_template or not own:
        return None
    outer = next(
        (frame for frame in own if (frame.file, frame.function) != (own[0].file, own[0].function)), None
    )
    return None if outer is None else f"{outer.label}:{outer.line}"
