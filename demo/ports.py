"""Where the bookshop listens: loopback, on the port that ``PORT`` names."""

from __future__ import annotations

import os
import socket

from django.core.management.base import CommandError

HOST = "127.0.0.1"


def port_asked_for() -> int:
    """Return ``$PORT``, 8000 where it is not set.

    Raises CommandError where it is no port.
    """
    text = os.environ.get("PORT") or "8000"
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise CommandError(f"PORT is {text!r}; it takes a number from 1 to 65535.")
    return int(text)


def refuse_taken(port: int) -> None:
    """Raise CommandError where something else listens on ``port``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = f"Port {port} cannot be used ({error.strerror})."
            raise CommandError(f"{reason} Choose another: PORT=8001 make demo") from None
