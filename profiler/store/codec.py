"""A report as bytes and back: columns of spans in slices, what spans share stored once, compressed.

Columns carry their names, so a report that was written before a field existed is read with the field's default.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Sequence
from operator import attrgetter
from types import GenericAlias
from typing import Any, get_type_hints

import msgspec

from queryscope.profiler.report import Report
from queryscope.profiler.store.text import escaped
from queryscope.profiler.trace import Frame, Span, Value

SLICE = 100
"""Spans encoded in one go: about a millisecond in which no request thread gets the interpreter."""

_TYPES = get_type_hints(Span)
_SHARED = (
    "sql",
    "fingerprint",
    "site_id",
    "kind",
    "tables",
    "alias",
    "vendor",
    "model",
    "call_site",
    "template_site",
    "build_sites",
    "origin",
    "relation",
    "load",
    "field_site",
    "queryset",
)
_PLAIN = tuple(name for name in Span.__struct_fields__ if name not in (*_SHARED, "stack"))


def _columns(name: str, fields: tuple[str, ...]) -> Any:
    return msgspec.defstruct(
        name, [(field, GenericAlias(tuple, (_TYPES[field], ...)), ()) for field in fields]
    )


_PlainColumns = _columns("_PlainColumns", _PLAIN)
_FreshValues = _columns("_FreshValues", _SHARED)
_plain_of = attrgetter(*_PLAIN)
_shared_of = attrgetter(*_SHARED)


class _Slice(Value, frozen=True):
    """Some spans. ``shared`` holds numbers of values; ``fresh`` the values that no earlier slice brought."""

    plain: _PlainColumns  # type: ignore[valid-type]
    shared: dict[str, tuple[int, ...]]
    stack: tuple[int, ...]
    fresh: _FreshValues  # type: ignore[valid-type]
    fresh_frames: tuple[Frame, ...]
    fresh_stacks: tuple[tuple[int, ...], ...]


class _Packed(Value, frozen=True):
    report: Report
    slices: tuple[bytes, ...]


_packed_decoder = msgspec.msgpack.Decoder(_Packed)
_slice_decoder = msgspec.msgpack.Decoder(_Slice)


def encode(report: Report, pause: Callable[[], None] | None = None) -> bytes:
    """Return the report as compressed bytes; ``pause`` is called after every ``SLICE`` spans.

    Text that is no Unicode (lone surrogates) is kept in its escaped form; everything else comes back equal.
    """
    spans, writer, slices = report.trace.spans, _Writer(), []
    for start in range(0, len(spans), SLICE):
        slices.append(_bytes(writer.slice(spans[start : start + SLICE])))
        if pause is not None:
            pause()
    rest = msgspec.structs.replace(report, trace=msgspec.structs.replace(report.trace, spans=()))
    return zlib.compress(_bytes(_Packed(report=rest, slices=tuple(slices))), level=1)


def decode(blob: bytes) -> Report:
    """Return the report that was encoded. Raises ValueError where the bytes are none of ours."""
    try:
        packed = _packed_decoder.decode(zlib.decompress(blob))
        reader = _Reader()
        spans = tuple(span for piece in packed.slices for span in reader.spans(_slice_decoder.decode(piece)))
    except (zlib.error, msgspec.MsgspecError, LookupError, TypeError) as error:
        raise ValueError(f"not a report: {error}") from error
    return msgspec.structs.replace(
        packed.report, trace=msgspec.structs.replace(packed.report.trace, spans=spans)
    )


def _bytes(value: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        return msgspec.msgpack.encode(escaped(msgspec.to_builtins(value, builtin_types=(bytes,))))


class _Numbers:
    """Numbers values in the order in which they appear for the first time."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._fresh: list[Any] = []

    def of(self, values: Sequence[Hashable]) -> tuple[int, ...]:
        # In one pass of C: a stack has forty frames, and nearly always all of them are known.
        numbers = tuple(map(self._known.get, values))
        if None not in numbers:
            return numbers  # type: ignore[return-value]
        for value in values:
            if value not in self._known:
                self._known[value] = len(self._known)
                self._fresh.append(value)
        return self.of(values)

    def take_fresh(self) -> tuple[Any, ...]:
        fresh, self._fresh = tuple(self._fresh), []
        return fresh


class _Writer:
    """Turns spans into slices; remembers what earlier slices of the same report already brought."""

    def __init__(self) -> None:
        self._shared = {name: _Numbers() for name in _SHARED}
        self._frames = _Numbers()
        self._stacks = _Numbers()

    def slice(self, spans: Sequence[Span]) -> _Slice:
        columns = zip(*map(_shared_of, spans), strict=True)
        return _Slice(
            plain=_PlainColumns(*zip(*map(_plain_of, spans), strict=True)),
            shared={
                name: self._shared[name].of(column) for name, column in zip(_SHARED, columns, strict=True)
            },
            stack=self._stacks.of(self._numbered(spans)),
            fresh=_FreshValues(*(numbers.take_fresh() for numbers in self._shared.values())),
            fresh_frames=self._frames.take_fresh(),
            fresh_stacks=self._stacks.take_fresh(),
        )

    def _numbered(self, spans: Sequence[Span]) -> list[tuple[int, ...]]:
        """Return each span's stack by the numbers of its frames; hashing forty frames is paid once for a shared stack."""
        distinct = {id(span.stack): span.stack for span in spans}
        numbers = {key: self._frames.of(stack) for key, stack in distinct.items()}
        return [numbers[id(span.stack)] for span in spans]


class _Reader:
    """Turns slices back into spans, in the order in which they were written."""

    def __init__(self) -> None:
        self._values: dict[str, list[Any]] = {name: [] for name in _SHARED}
        self._frames: list[Frame] = []
        self._stacks: list[tuple[Frame, ...]] = []

    def spans(self, piece: _Slice) -> list[Span]:
        columns = {name: column for name in _PLAIN if (column := getattr(piece.plain, name))}
        for name, numbers in piece.shared.items():
            values = self._values[name]
            values += getattr(piece.fresh, name)
            columns[name] = tuple(values[number] for number in numbers)
        self._frames += piece.fresh_frames
        self._stacks += (tuple(self._frames[number] for number in stack) for stack in piece.fresh_stacks)
        columns["stack"] = tuple(self._stacks[number] for number in piece.stack)
        names = tuple(columns)
        return [Span(**dict(zip(names, row, strict=True))) for row in zip(*columns.values(), strict=True)]
