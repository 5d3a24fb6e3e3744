"""Makes plain text of what the host gives us: an exact ``str`` of bounded length, whatever subclass or lazy value it was."""

from __future__ import annotations

from typing import Any, overload


@overload
def plain(value: None, limit: int = ...) -> None: ...
@overload
def plain(value: object, limit: int = ...) -> str: ...
def plain(value: Any, limit: int = 2_000) -> str | None:
    """Return ``value`` as an exact ``str`` of at most ``limit`` characters; ``None`` stays ``None``.

    A slice of a ``str`` subclass such as Django's ``SafeString`` is an exact ``str``; ``str()`` of it is not.
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    return str.__getitem__(text, slice(0, limit)) if type(text) is not str else text[:limit]
