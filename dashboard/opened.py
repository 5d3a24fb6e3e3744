"""The reports that somebody is looking at, decoded once: each click in the drawer asks for the same trace again."""

from __future__ import annotations

from functools import lru_cache

from queryscope.profiler import pipeline
from queryscope.profiler.errors import TraceNotFound
from queryscope.profiler.report import Report
from queryscope.profiler.store import Store, current_store

WRITER_SECONDS = 0.4
"""How long a page waits for the writer where its trace is not stored yet: it normally takes a few milliseconds."""
KEPT = 2
"""Decoded reports kept; one of 10,000 spans takes tens of megabytes."""


class StillWriting(Exception):
    """The trace is not stored, and the writer of this process has not finished what it was given."""


def open_report(reference: str) -> Report:
    """Return the report that ``reference`` names.

    Raises TraceNotFound where no stored trace answers to it, StillWriting where it may be about to be stored.
    """
    store = current_store()
    return _decoded(store, _resolve(store, reference))


def forget() -> None:
    """Drop what is kept."""
    _decoded.cache_clear()


def _resolve(store: Store, reference: str) -> str:
    try:
        return store.resolve(reference)
    except TraceNotFound:
        written = pipeline.flush(WRITER_SECONDS)
    try:
        return store.resolve(reference)
    except TraceNotFound as error:
        if written:
            raise
        raise StillWriting from error


@lru_cache(maxsize=KEPT)
def _decoded(store: Store, trace_id: str) -> Report:
    # A stored trace does not change; one that was removed in the meantime has already failed in resolve().
    return store.report(trace_id)
