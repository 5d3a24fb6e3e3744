"""What one report becomes in the tables, and a summary back from its row; the order of columns is written here only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import msgspec
from django.db.backends.utils import CursorWrapper
from msgspec.structs import astuple, replace

from queryscope.profiler.bounded import bounded
from queryscope.profiler.finding import FindingMark
from queryscope.profiler.report import Report
from queryscope.profiler.store import codec
from queryscope.profiler.store.summary import Summary
from queryscope.profiler.store.text import storable
from queryscope.profiler.trace import Phases, Span, Value

_PHASES = Phases.__struct_fields__
_FIELDS = tuple(name for name in Summary.__struct_fields__ if name != "phases")
COLUMNS = ", ".join(f'"{name}"' for name in (*_FIELDS, *_PHASES))


class Fingerprint(Value, frozen=True):
    """How often a fingerprint occurs in one trace, and the milliseconds it took there."""

    fingerprint: str
    count: int
    total_ms: float


class Entry(Value, frozen=True):
    """Everything the tables take of one report, made before the writer's lock is held."""

    report: Report
    summary: Summary
    blob: bytes
    fingerprints: tuple[Fingerprint, ...]

    @classmethod
    def of(cls, report: Report, pause: Callable[[], None] | None) -> Self:
        """Return the entry of a report that has no number yet; its findings may be somebody else's."""
        report = replace(report, findings=tuple(map(bounded, report.findings)))
        blob = codec.encode(report, pause)
        sized = replace(report, overhead=replace(report.overhead, bytes=len(blob)))
        return cls(
            report=sized,
            summary=Summary.of(sized, pause),
            blob=blob,
            fingerprints=tuple(_fingerprints(report.trace.spans)),
        )

    def numbered(self, seq: int) -> Self:
        """Return the entry with the number that the store gave it."""
        report = replace(self.report, trace=replace(self.report.trace, seq=seq))
        return replace(self, report=report, summary=replace(self.summary, seq=seq))


def insert(cursor: CursorWrapper, entries: Sequence[Entry]) -> None:
    """Write numbered entries; the caller's transaction makes them visible together."""
    _insert(cursor, "trace", COLUMNS, [_row(entry.summary) for entry in entries])
    _insert(cursor, "report", "seq, body", [(entry.summary.seq, entry.blob) for entry in entries])
    _insert(
        cursor,
        "fingerprint",
        'seq, "view", fingerprint, count, total_ms',
        [
            (
                entry.summary.seq,
                _text(entry.summary.view),
                _text(found.fingerprint),
                found.count,
                found.total_ms,
            )
            for entry in entries
            for found in entry.fingerprints
        ],
    )


def to_summary(row: Sequence[Any]) -> Summary:
    """Return the summary in a row of ``COLUMNS``."""
    values = dict(zip((*_FIELDS, *_PHASES), row, strict=True))
    if marks := values.pop("findings"):
        values["findings"] = tuple(
            FindingMark(rule=rule, severity=severity, count=count)
            for rule, severity, count in msgspec.json.decode(marks)
        )
    return Summary(phases=Phases(**{name: values.pop(name) for name in _PHASES}), **values)


def _row(summary: Summary) -> tuple[Any, ...]:
    values = {name: getattr(summary, name) for name in _FIELDS}
    marks = [astuple(mark) for mark in summary.findings]
    values["findings"] = msgspec.json.encode(marks).decode() if marks else ""
    return tuple(map(_text, [*values.values(), *(getattr(summary.phases, name) for name in _PHASES)]))


def _text(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def _fingerprints(spans: Iterable[Span]) -> list[Fingerprint]:
    found: dict[str, list[float]] = {}
    for span in spans:
        found.setdefault(span.fingerprint, []).append(span.duration_ms)
    return [
        Fingerprint(fingerprint=name, count=len(times), total_ms=sum(times)) for name, times in found.items()
    ]


def _insert(cursor: CursorWrapper, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        places = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO queryscope_{table} ({columns}) VALUES ({places})", rows)
