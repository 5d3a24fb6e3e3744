"""Text that every database takes: what is no Unicode is escaped instead of losing a whole trace."""

from __future__ import annotations

from typing import Any


def storable(text: str) -> str:
    """Return the text with lone surrogates and NUL (which PostgreSQL refuses) in escaped form."""
    return _unicode(text).replace("\0", "\\x00")


def escaped(value: Any) -> Any:
    """Return the same lists and dicts with every lone surrogate in every text in escaped form."""
    if isinstance(value, str):
        return _unicode(value)
    if isinstance(value, dict):
        return {escaped(key): escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [escaped(item) for item in value]
    return value


def _unicode(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
