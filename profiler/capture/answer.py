"""Tells how large an answer of the database is: rows, columns, and about how many bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from queryscope.profiler.capture.evaluation import Evaluation

_PLAIN_BYTES = 8
"""What a number, a date or a flag is taken to weigh."""
_WEIGHED = 8
"""Chunks whose first row is weighed: looking at every value would cost more than fetching it."""


def measure(evaluation: Evaluation, chunks: Sequence[Sequence[Any]]) -> None:
    """Add what these chunks of rows come to; none of them is empty."""
    rows = len(chunks[0]) if len(chunks) == 1 else sum(map(len, chunks))
    size = 0
    if rows:
        first = chunks[0][0]
        evaluation.columns = len(first)
        size = rows * _weight(first)
        if len(chunks) > 1:
            known = [_weight(chunk[0]) for chunk in chunks[:_WEIGHED]]
            size = rows * sum(known) // len(known)
    if evaluation.rows is None or evaluation.bytes is None:
        evaluation.rows, evaluation.bytes = rows, size
    else:
        evaluation.rows += rows
        evaluation.bytes += size


def _weight(row: Any) -> int:
    size = _PLAIN_BYTES * len(row)
    for value in row:
        kind = type(value)
        if kind is str or kind is bytes:
            size += len(value) - _PLAIN_BYTES
    return size
