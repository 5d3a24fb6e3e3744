"""Writes rows of text as lines of CSV, one at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield one line of CSV for each row, as soon as it is there."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow(row)
