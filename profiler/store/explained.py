"""Every failure of a file or a server as one StoreError with one sentence: what, which store, why, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

from queryscope.profiler.errors import StoreError

_ELSEWHERE = "set QUERYSCOPE['STORE'] to a place this process can write"
_REMEDIES = (
    (
        ("malformed", "not a database"),
        "is damaged",
        "Nothing was deleted: move the file away and a new one is made.",
    ),
    (
        ("is full", "no space", "file too large", "disk i/o"),
        "cannot grow",
        "Free some space, or lower KEEP_BYTES.",
    ),
    (
        ("is locked",),
        "is held by another process",
        "Close the program that keeps it open; recording then goes on.",
    ),
    (
        ("readonly", "read-only", "permission denied"),
        "cannot be written",
        f"Make it writable, or {_ELSEWHERE}.",
    ),
    (
        ("unable to open", "not a directory", "no such file"),
        "cannot be opened",
        f"Check that its folder is there and can be written, or {_ELSEWHERE}.",
    ),
)
_OTHERWISE = ("cannot be used", "Check QUERYSCOPE['STORE'].")


@contextmanager
def explained(location: str) -> Iterator[None]:
    """Raise StoreError with a sentence about the store at ``location`` for what goes wrong inside the block."""
    try:
        yield
    except (DatabaseError, OSError, ImportError, ImproperlyConfigured) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        trouble, remedy = _diagnosis(reason.lower())
        raise StoreError(f"The store {location} {trouble} ({reason}). {remedy}") from error


def _diagnosis(reason: str) -> tuple[str, str]:
    for needles, trouble, remedy in _REMEDIES:
        if any(needle in reason for needle in needles):
            return trouble, remedy
    return _OTHERWISE
