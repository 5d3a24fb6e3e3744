"""How a person names a trace: "last", its number, its id or the beginning of it."""

from __future__ import annotations

import re
from typing import Any

SHORTEST_PREFIX = 6
ALLOWED = f'"last", a number, an id, or the first {SHORTEST_PREFIX} or more characters of an id'


def conditions(reference: str) -> list[tuple[str, list[Any]]]:
    """Return the SQL conditions under which a trace answers, the strongest first; none where it makes no sense."""
    text = reference.strip().lower().replace("-", "")
    if text == "last":
        return [("seq = (SELECT max(seq) FROM queryscope_trace)", [])]
    found: list[tuple[str, list[Any]]] = []
    if re.fullmatch(r"[0-9]{1,18}", text):
        found.append(("seq = %s", [int(text)]))
    if re.fullmatch(r"[0-9a-f]{%d,}" % SHORTEST_PREFIX, text):
        found.append(("id LIKE %s", [text + "%"]))
    return found
