"""Servers that tests use where they answer: absent ones skip visibly, or fail where ``QUERYSCOPE_REQUIRE`` names them."""

from __future__ import annotations

import os
import socket

import pytest


def require_service(name: str, host: str, port: int) -> None:
    """Return where a server answers at the address; else skip the test, or fail it if the service is required.

    ``QUERYSCOPE_REQUIRE`` is a list of names separated by commas, such as ``postgresql,mariadb,redis``.
    """
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        required = name in os.environ.get("QUERYSCOPE_REQUIRE", "").replace(" ", "").split(",")
        (pytest.fail if required else pytest.skip)(f"no {name} answers at {host}:{port} ({error})")
