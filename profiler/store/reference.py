"""How a person names a trace: "last", its number, its id or the beginning of its id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

ALLOWED = '"last", a number, an id, or the first 6 or more characters of an id'


def conditions(reference: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the SQL conditions, with their parameters, under which a trace answers; the strongest first."""
    text = reference.strip().lower().replace("-", "")
    if text == "last":
        yield "seq = (SELECT max(seq) FROM queryscope_trace)", ()
    if re.fullmatch(r"[0-9]{1,18}", text):
        yield "seq = %s", (int(text),)
    if re.fullmatch(r"[0-9a-f]{6,32}", text):
        yield "id LIKE %s", (text + "%",)
