"""Servers that tests use where they answer: absent ones skip visibly, or fail where ``QUERYSCOPE_REQUIRE`` names them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

import pytest

RequireService = Callable[[str, str, int], None]


@pytest.fixture(scope="session")
def require_service() -> RequireService:
    """Call it with name, host and port of a server: the test goes on only where something answers there.

    ``QUERYSCOPE_REQUIRE`` is a list of names separated by commas, such as ``postgresql,mariadb,redis``.
    """
    return _require


def _require(name: str, host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        required = name in os.environ.get("QUERYSCOPE_REQUIRE", "").replace(" ", "").split(",")
        (pytest.fail if required else pytest.skip)(f"no {name} answers at {host}:{port} ({error})")
