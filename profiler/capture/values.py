"""Keeps parameters cheaply while the request runs and describes them later as text; runs no code of the host's types.

Keeping costs one type check a value: long strings and bytes are cut, lists copied (the application may change them),
so that a recording never holds more than its limits. Describing knows the types that drivers take; any other value is
named by its class only, since a ``repr`` of the host could run anything, even a query.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress, islice
from operator import is_
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from queryscope.profiler.capture.text import plain
from queryscope.profiler.trace import Parameter

_LONG = (str, bytes, bytearray, memoryview)
_PLAIN: dict[type, Callable[[Any], str]] = {
    bool: bool.__repr__,
    int: int.__repr__,
    float: float.__repr__,
    decimal.Decimal: decimal.Decimal.__str__,
    uuid.UUID: uuid.UUID.__str__,
    datetime.datetime: lambda value: datetime.datetime.isoformat(value, sep=" "),
    datetime.date: datetime.date.isoformat,
    datetime.time: datetime.time.isoformat,
    datetime.timedelta: datetime.timedelta.__str__,
}
"""How a value reads by the first of these types among its bases: a method of a subclass is the host's."""
_LIGHT = frozenset(
    (type(None), bool, int, float, decimal.Decimal, uuid.UUID, datetime.date, datetime.datetime)
)
_LIGHT_OR_TEXT = _LIGHT | {str}
_IS_TEXT = partial(is_, str)
_NESTED = (list, tuple, dict)
_WRAPPERS = frozenset(("Json", "Jsonb"))
"""Drivers' wrappers of a value that becomes JSON."""
_DEPTH = 3
_MEMBERS = 20
_INTEGER_BITS = 4096
"""A longer integer is described by its size: turning it into decimal digits takes time that grows with its square."""


new: Any = tuple.__new__
"""Makes a NamedTuple in a third of the time that its own ``__new__``, a function in Python, takes."""


class Cut(NamedTuple):
    """The beginning of a value that was too long to keep, with the length it had."""

    type: str
    head: Any
    length: int | None


class Kept(Struct, frozen=True):
    """The parameters of one statement: the first ``values``, how many there were, and the number of rows of a batch."""

    values: Any
    total: int
    batch: int | None
    held: int
    """Characters and bytes of the long values among them: what they weigh in memory."""


NOTHING = Kept((), 0, None, 0)


def keep(params: Any, many: bool, limit: int, chars: int) -> Kept:
    """Return what is kept of ``params``: at most ``limit`` values of at most ``chars`` characters each.

    Of a batch (``many``) the first set is kept. Only lists, tuples and dicts are looked into: reading an iterator would
    rob the driver, and asking any other object (a queryset, say) for its length may run anything.
    """
    kind = type(params)
    if kind is tuple and len(params) <= limit and not many and _LIGHT.issuperset(map(type, params)):
        # The keys of most loads: nothing to cut or to copy, said in one pass of C.
        return Kept(params, len(params), None, 0)
    sequence = issubclass(kind, (list, tuple))
    if many:
        if not sequence:
            return NOTHING
        first = keep(params[0], False, limit, chars) if params else NOTHING
        return replace(first, batch=len(params))
    if sequence:
        values, held = _shorten(params if len(params) <= limit else params[:limit], chars)
        return Kept(values, len(params), None, held)
    if issubclass(kind, dict):
        names = list(islice(dict.keys(params), limit))
        values, held = _shorten([dict.__getitem__(params, name) for name in names], chars)
        return Kept(dict(zip(names, values, strict=True)), len(params), None, held)
    return NOTHING


def _shorten(values: Sequence[Any], chars: int, depth: int = _DEPTH) -> tuple[Sequence[Any], int]:
    """Return the values with what is long cut and what can change copied, and what the long ones weigh."""
    kinds = set(map(type, values))
    if kinds <= _LIGHT_OR_TEXT:
        # Rows of a bulk insert, nearly always: said in a few passes of C.
        sizes = list(map(len, compress(values, map(_IS_TEXT, map(type, values)))))
        if not sizes or max(sizes) <= chars:
            return (list(values) if type(values) is list else values), sum(sizes)
    held = 0
    changed: dict[int, Any] = {}
    for index, value in enumerate(values):
        kind = type(value)
        if kind in _LIGHT:
            continue
        if issubclass(kind, _LONG):
            size = value.nbytes if kind is memoryview else len(value)
            held += min(size, chars)
            if size > chars or not issubclass(kind, (str, bytes)):
                changed[index] = _cut(value, size, chars)
        elif issubclass(kind, _NESTED):
            changed[index], weight = _nested(value, chars, depth)
            held += weight
        elif kind.__name__ in _WRAPPERS and hasattr(value, "obj"):
            head, weight = _shorten([value.obj], chars, depth)
            changed[index], held = Cut(kind.__name__, head[0], None), held + weight
    if changed:
        return [changed.get(index, value) for index, value in enumerate(values)], held
    return (list(values) if type(values) is list else values), held


def _nested(value: Any, chars: int, depth: int) -> tuple[Any, int]:
    """Return a copy of the first members of a list, tuple or dict, no deeper than they are shown."""
    if depth <= 0:
        return Cut(type(value).__name__, f"<{type(value).__name__}>", len(value)), 0
    if issubclass(type(value), dict):
        names = list(islice(dict.keys(value), _MEMBERS + 1))
        members, held = _shorten([dict.__getitem__(value, name) for name in names], chars, depth - 1)
        return dict(zip(names, members, strict=True)), held
    members, held = _shorten(value[:_MEMBERS], chars, depth - 1)
    return Cut(type(value).__name__, members, len(value)), held


def _cut(value: Any, size: int, chars: int) -> Cut:
    head = bytes(value.cast("B")[:chars]) if isinstance(value, memoryview) else value[:chars]
    return Cut(type(value).__name__, bytes(head) if isinstance(head, bytearray) else head, size)


def describe(value: Any, chars: int, mask: Callable[[str], str] | None, name: str | None = None) -> Parameter:
    """Return ``value`` as a Parameter; with ``mask``, its pseudonym by that function instead of its text."""
    kind = value.type if type(value) is Cut else type(value).__name__
    try:
        text, size = _text(value, _DEPTH, chars)
    except Exception:
        # A time zone, a buffer that was released: the value cannot be read any more, the statement is still worth having.
        text, size = f"<{kind}>", None
    truncated = text is not None and ((size is not None and size > chars) or len(text) > chars)
    length = size if issubclass(type(value), (Cut, *_LONG)) else None
    if mask is not None and value is not None:
        pseudonym = mask(f"{kind}:{text}:{size}")
        return Parameter(type=kind, text=pseudonym, bytes=None, masked=True, name=name)
    return Parameter(
        type=kind, text=None if text is None else text[:chars], bytes=length, truncated=truncated, name=name
    )


def shown(value: Any, chars: int) -> str | None:
    """Return the text of a value as ``describe`` shows it without a mask."""
    return describe(value, chars, None).text


def _text(value: Any, depth: int, chars: int) -> tuple[str | None, int | None]:
    """Return the text of a value and, where it has one, its length before anything was cut.

    What it is says ``type``, never ``isinstance``: that asks a lazy object, which then is evaluated.
    """
    kind = type(value)
    if value is None:
        return None, None
    if kind is Cut:
        return _text(value.head, depth, chars)[0], value.length
    if issubclass(kind, int) and int.bit_length(value) > _INTEGER_BITS:
        return f"integer of {int.bit_length(value)} bits", None
    if issubclass(kind, str):
        return plain(value, chars + 1), str.__len__(value)
    if issubclass(kind, (bytes, bytearray, memoryview)):
        raw = bytes(value)
        return raw[: chars // 2].hex(), len(raw)
    plainly = next((_PLAIN[base] for base in kind.__mro__ if base in _PLAIN), None)
    return (plainly(value) if plainly else _composite(value, depth, chars)), None


def _composite(value: Any, depth: int, chars: int) -> str:
    kind = type(value)
    if depth <= 0:
        return f"<{kind.__name__}>"
    if issubclass(kind, (list, tuple)):
        inner = ", ".join(_text(item, depth - 1, chars)[0] or "NULL" for item in value[:_MEMBERS])
        return f"[{inner}{', …' if len(value) > _MEMBERS else ''}]"
    if issubclass(kind, dict):
        items = islice(dict.items(value), _MEMBERS)
        inner = ", ".join(
            f"{_text(k, 0, chars)[0]}: {_text(v, depth - 1, chars)[0] or 'NULL'}" for k, v in items
        )
        return f"{{{inner}{', …' if len(value) > _MEMBERS else ''}}}"
    if kind.__module__.partition(".")[0] in {"psycopg", "psycopg2"} and hasattr(value, "obj"):
        return (
            _composite(value.obj, depth - 1, chars)
            if issubclass(type(value.obj), (list, tuple, dict))
            else str(_text(value.obj, depth - 1, chars)[0])
        )
    return f"<{kind.__name__}>"
