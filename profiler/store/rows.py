"""A summary and its fingerprints as rows of the tables, and back; the order of columns is written down here only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queryscope.profiler.report import Report
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.store.text import storable
from queryscope.profiler.trace import Phases

_PHASES = Phases.__struct_fields__
_FIELDS = tuple(name for name in Summary.__struct_fields__ if name != "phases")
COLUMNS = ", ".join(f'"{name}"' for name in (*_FIELDS, *_PHASES))
PLACES = ", ".join(["%s"] * len((*_FIELDS, *_PHASES)))


def to_row(summary: Summary) -> tuple[Any, ...]:
    """Return the values of ``COLUMNS``."""
    values = [getattr(summary, name) for name in _FIELDS] + [
        getattr(summary.phases, name) for name in _PHASES
    ]
    return tuple(storable(value) if isinstance(value, str) else value for value in values)


def from_row(row: tuple[Any, ...]) -> Summary:
    """Return the summary that ``to_row`` made the row from."""
    values = dict(zip((*_FIELDS, *_PHASES), row, strict=True))
    return Summary(phases=Phases(**{name: values.pop(name) for name in _PHASES}), **values)


def fingerprint_rows(report: Report, seq: int) -> Iterator[tuple[str, int, int, float, str | None]]:
    """Yield fingerprint, seq, how many spans have it, their milliseconds together, and the view."""
    totals: dict[str, tuple[int, float]] = {}
    for span in report.trace.spans:
        count, total_ms = totals.get(span.fingerprint, (0, 0.0))
        totals[span.fingerprint] = count + 1, total_ms + span.duration_ms
    view = report.trace.view
    for fingerprint, (count, total_ms) in totals.items():
        yield storable(fingerprint), seq, count, total_ms, None if view is None else storable(view)
