"""A server that is absent is seen: as a skipped test, or as a failed one where it was required."""

from __future__ import annotations

import socket

import pytest

from tests.services import RequireService


@pytest.fixture
def closed_port() -> int:
    """A port of this machine where nothing answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_an_absent_server_skips(
    require_service: RequireService, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason names server and address."""
    monkeypatch.delenv("QUERYSCOPE_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"no redis answers at 127.0.0.1:{closed_port}"):
        require_service("redis", "127.0.0.1", closed_port)


def test_an_absent_server_fails_where_it_is_required(
    require_service: RequireService, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that promises to test everything may not skip in silence."""
    monkeypatch.setenv("QUERYSCOPE_REQUIRE", "postgresql, redis")
    with pytest.raises(pytest.fail.Exception, match="no redis answers"):
        require_service("redis", "127.0.0.1", closed_port)


def test_a_server_that_answers_lets_the_test_go_on(require_service: RequireService) -> None:
    """Whatever it speaks, something listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert require_service("redis", "127.0.0.1", server.getsockname()[1]) is None
