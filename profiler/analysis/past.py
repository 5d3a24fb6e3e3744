"""What units of work of the same process tell a rule, up to the one at hand: answers that came again, connections opened."""

from __future__ import annotations

from collections.abc import Mapping

from queryscope.profiler.trace import Value


class Asked(Value, frozen=True, kw_only=True):
    """One statement with its values, as the traces up to the one at hand asked it; times in milliseconds.

    ``same`` counts the traces in a row, this one included, in which the answer had the same number of rows and bytes and
    nothing had written to its tables since the one before. ``traces``, ``total_ms`` and ``since`` are those of this row.
    """

    traces: int
    same: int
    total_ms: float
    since: str
    names: tuple[str, ...]
    """Names of the units of work that asked (``GET /books/``), the first few."""


class Past(Value, frozen=True, kw_only=True):
    """``asked`` by the key of a statement with its values; ``connected`` by alias, how many requests in a row opened one."""

    asked: Mapping[str, Asked] = {}
    connected: Mapping[str, int] = {}


NOTHING = Past()
