"""Problems across traces: brought up to date with each append in its own transaction, and read back ranked by cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from django.db.backends.utils import CursorWrapper
from msgspec.structs import replace

from queryscope.profiler.finding import Finding
from queryscope.profiler.report import Report
from queryscope.profiler.store import lifecycle
from queryscope.profiler.store.lifecycle import Occurrence, Place, Row
from queryscope.profiler.store.text import escaped, storable
from queryscope.profiler.trace import Trace

CHUNK = 500
"""Values in one IN list."""
COLUMNS = Row.__struct_fields__
_SELECTED = ", ".join(f'"{name}"' for name in COLUMNS)
_PLACE = Place.__struct_fields__
_finding_decoder = msgspec.json.Decoder(Finding)


class Ledger:
    """What one append does to the problems; made and written inside its transaction, which holds the writer's lock."""

    def __init__(self, cursor: CursorWrapper, reports: Sequence[Report]) -> None:
        self._cursor = cursor
        self._traces = [
            (report, lifecycle.place_of(report.trace), lifecycle.occurrences(report.findings))
            for report in reports
        ]
        self._rows: dict[str, Row] = {}
        self._places: dict[str, dict[str, Place]] = {}
        """By identity, then by place."""
        self._changed: set[str] = set()
        self._moved: set[tuple[str, str]] = set()
        self._load()
        for report, place, occurrences in self._traces:
            self._found(report.trace, place, occurrences)
            if lifecycle.proves_absence(report):
                self._missed(report.trace, place, occurrences)

    def ignores(self, identity: str) -> bool:
        """Return whether somebody ignores the problem, by the store."""
        row = self._rows.get(identity)
        return row is not None and row.reason is not None

    def write(self) -> None:
        """Write what has changed; the rows of the traces have to be there."""
        rows = [self._rows[identity] for identity in self._changed]
        full = [row for row in rows if row.finding is not None]
        _upsert(self._cursor, "problem", COLUMNS, ("identity",), map(_stored, full))
        for row in rows:
            if row.finding is None:
                self._cursor.execute(
                    "UPDATE queryscope_problem SET state = %s, fixed_trace = %s WHERE identity = %s",
                    [row.state, row.fixed_trace, row.identity],
                )
        self._write_places()
        _upsert(
            self._cursor,
            "problem_trace",
            ("seq", "identity", "cost_ms"),
            ("seq", "identity"),
            self._of_traces(),
        )

    def _load(self) -> None:
        """Read the problems of these traces and of their places: one look-up where there are none."""
        identities = {identity for _, _, occurrences in self._traces for identity in occurrences}
        places = {place for _, place, _ in self._traces}
        known = "SELECT identity FROM queryscope_problem_place WHERE place IN"
        identities |= {identity for (identity,) in _select(self._cursor, known, places)}
        for values in _select(
            self._cursor, f"SELECT {_SELECTED} FROM queryscope_problem WHERE identity IN", identities
        ):
            row = to_row(values, whole=False)
            self._rows[row.identity] = row
        query = f"SELECT {', '.join(_PLACE)} FROM queryscope_problem_place WHERE identity IN"
        for values in _select(self._cursor, query, self._rows):
            place = Place(**dict(zip(_PLACE, values, strict=True)))
            self._places.setdefault(place.identity, {})[place.place] = place

    def _found(self, trace: Trace, place: str, occurrences: dict[str, Occurrence]) -> None:
        for identity, occurrence in occurrences.items():
            self._rows[identity] = lifecycle.found_again(self._rows.get(identity), occurrence, trace)
            places = self._places.setdefault(identity, {})
            places[place] = Place(
                place=place,
                identity=identity,
                seq=trace.seq,
                redirect=lifecycle.is_redirect(trace),
                unseen=" ".join(sorted(lifecycle.unseen(trace))),
            )
            self._moved.add((identity, place))
            if len(places) > lifecycle.PLACES:
                oldest = min(places.values(), key=lambda each: each.seq)
                del places[oldest.place]
                self._moved.add((identity, oldest.place))
            self._changed.add(identity)

    def _missed(self, trace: Trace, place: str, occurrences: dict[str, Occurrence]) -> None:
        redirect, unseen = lifecycle.is_redirect(trace), lifecycle.unseen(trace)
        for identity, places in self._places.items():
            known, row = places.get(place), self._rows[identity]
            if known is None or identity in occurrences or known.redirect != redirect:
                continue
            if not lifecycle.could_see(row.rule, unseen, known):
                continue
            if known.clean >= lifecycle.enough(row.rule):
                continue
            places[place] = replace(known, clean=known.clean + 1)
            self._moved.add((identity, place))
            if row.state != "fixed" and lifecycle.is_gone(row, places.values()):
                self._rows[identity] = replace(row, state="fixed", fixed_trace=trace.id)
                self._changed.add(identity)

    def _write_places(self) -> None:
        kept = [
            place for identity, name in self._moved if (place := self._places[identity].get(name)) is not None
        ]
        gone = [(name, identity) for identity, name in self._moved if name not in self._places[identity]]
        _upsert(
            self._cursor,
            "problem_place",
            _PLACE,
            ("place", "identity"),
            (tuple(getattr(place, name) for name in _PLACE) for place in kept),
        )
        if gone:
            self._cursor.executemany(
                "DELETE FROM queryscope_problem_place WHERE place = %s AND identity = %s", gone
            )

    def _of_traces(self) -> Iterator[tuple[Any, ...]]:
        for report, _, occurrences in self._traces:
            for identity, occurrence in occurrences.items():
                yield report.trace.seq, storable(identity), occurrence.cost_ms


def to_row(values: Sequence[Any], whole: bool = True) -> Row:
    """Return the problem in a row of ``COLUMNS``; its finding is decoded only where ``whole``."""
    named = dict(zip(COLUMNS, values, strict=True))
    named["views"] = tuple(msgspec.json.decode(named["views"]))
    named["finding"] = _finding_decoder.decode(bytes(named["finding"])) if whole else None
    return Row(**named)


def select(condition: str) -> str:
    """Return the query for rows of ``COLUMNS`` under a condition."""
    return f"SELECT {_SELECTED} FROM queryscope_problem {condition}"


def _stored(row: Row) -> tuple[Any, ...]:
    named = {name: getattr(row, name) for name in COLUMNS}
    named["views"] = _encoded(row.views).decode()
    named["finding"] = _encoded(row.finding)
    return tuple(storable(value) if isinstance(value, str) else value for value in named.values())


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(escaped(msgspec.to_builtins(value)))


def _select(cursor: CursorWrapper, query: str, values: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query that ends with IN."""
    ordered = sorted(map(storable, values))
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        cursor.execute(f"{query} ({', '.join(['%s'] * len(chunk))})", chunk)
        yield from cursor.fetchall()


def _upsert(
    cursor: CursorWrapper,
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    found = list(rows)
    if found:
        names = ", ".join(f'"{name}"' for name in columns)
        places = ", ".join(["%s"] * len(columns))
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in key)
        cursor.executemany(
            f"INSERT INTO queryscope_{table} ({names}) VALUES ({places})"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}",
            found,
        )
