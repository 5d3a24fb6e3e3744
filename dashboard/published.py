"""Where ``queryscope serve`` listens, left beside the store for the toolbar's panel in the project's own process.

Only beside an SQLite file: who shares the store's folder is on the same machine. The token is never written down.
"""

from __future__ import annotations

import atexit
import os
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from queryscope.profiler.settings import current, project_root

CONNECT_SECONDS = 0.2


def publish(address: str) -> None:
    """Leave ``address`` (``http://host:port/queryscope/``) until this process ends; where that is not possible, do not."""
    file = _file()
    if file is None:
        return
    with suppress(OSError):
        # A folder that is not there yet is made with the first trace; nobody has anything to look up before.
        with os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as opened:
            opened.write(address)
        atexit.register(_withdraw, file, address)


def published() -> str:
    """Return the address of a dashboard that answers now and reads the same store, ``""`` where there is none."""
    file = _file()
    try:
        address = file.read_text().strip() if file else ""
        parts = urlsplit(address)
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            return ""
        # A process that was killed leaves its address behind.
        socket.create_connection((parts.hostname, parts.port), CONNECT_SECONDS).close()
    except (OSError, ValueError):
        return ""
    return address


def _withdraw(file: Path, address: str) -> None:
    """Take the address away, unless another process has left its own since."""
    with suppress(OSError):
        if file.read_text() == address:
            file.unlink()


def _file() -> Path | None:
    store = current().store
    return (project_root() / store).with_suffix(".served") if isinstance(store, str) else None
