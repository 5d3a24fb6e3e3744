"""Whether a socket was opened by a page of this very site: its Origin has to name the Host it asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


def foreign_origin(scope: dict[str, Any]) -> str | None:
    """Return why the handshake is not from a page of ours, ``None`` where it is.

    Compares host and port exactly, whatever the scheme; ``ALLOWED_HOSTS`` plays no part, because a profiler's socket
    must not be readable by every page that a wildcard admits. A missing Origin is foreign: every browser sends one.
    """
    origins, hosts = _values(scope, b"origin"), _values(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return f"The handshake has {len(origins)} Origin and {len(hosts)} Host headers; it takes one of each."
    try:
        parts = urlsplit(origins[0])
    except ValueError:
        return f"The Origin {origins[0]!r} cannot be read."
    if parts.scheme not in {"http", "https"} or parts.netloc.lower() != hosts[0].lower() or not hosts[0]:
        return f"The Origin is {origins[0]!r}, the Host {hosts[0]!r}; they have to be the same host and port."
    return None


def _values(scope: dict[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in scope.get("headers", ()) if key.lower() == name]
