"""Who is admitted: a table of visitors, each with what speaks for or against it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.test import Client, RequestFactory

from queryscope.dashboard import access
from queryscope.dashboard.visitor import request_of

HOME = "/queryscope/"


def visitor(host: str = "127.0.0.1:8000", address: str = "127.0.0.1", **headers: str) -> HttpRequest:
    """Return a request of someone at ``address`` who asks for ``host``."""
    request = RequestFactory().get(HOME, headers={"host": host, **headers}, REMOTE_ADDR=address)
    request.user = AnonymousUser()
    return request


def admitted(request: HttpRequest) -> bool:
    return access.decide(request).admitted


@pytest.fixture(autouse=True)
def debug(settings: Any) -> None:
    settings.DEBUG = True
    settings.INTERNAL_IPS = []
    settings.ALLOWED_HOSTS = ["*"]


@pytest.fixture
def token() -> Iterator[str]:
    """A token in force, as on a server that listens beyond this machine."""
    yield access.issue_token("queryscope_1", required=True)
    access.revoke_token()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8000",
        "localhost.",
        "shop.localhost:8000",
        "127.0.0.1",
        "127.4.4.4:1",
        "[::1]",
        "[::1]:8000",
    ],
)
def test_loopback_with_a_local_name_is_admitted(address: str, host: str) -> None:
    """Every spelling of this machine, from this machine."""
    assert admitted(visitor(host, address))


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "evil.com:8000",
        "127.0.0.1.evil.com",
        "localhost.evil.com",
        "evil-localhost",
        "notlocalhost",
        "localhost@evil.com",
        "192.168.1.7",
        "0.0.0.0",
        "[::2]",
        "[127.0.0.1]",
        "[::1].evil.com",
        "127.1",
        "2130706433",
        "",
    ],
)
def test_loopback_with_a_foreign_name_is_refused(host: str) -> None:
    """A page elsewhere whose name was rebound to 127.0.0.1 sends its own name."""
    assert not admitted(visitor(host))


@pytest.mark.parametrize(
    "address", ["192.168.1.7", "10.0.0.1", "::2", "128.0.0.1", "", "localhost", "0.0.0.0"]
)
def test_another_machine_is_refused_whatever_it_calls_the_host(address: str) -> None:
    """A Host header is free to choose; the address is not."""
    assert not admitted(visitor("localhost", address))


@pytest.mark.parametrize(
    "header",
    [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-port",
        "x-forwarded-server",
        "forwarded",
        "x-real-ip",
        "x-client-ip",
        "x-original-forwarded-for",
        "true-client-ip",
        "cf-connecting-ip",
        "via",
    ],
)
@pytest.mark.parametrize("value", ["127.0.0.1", "", "for=127.0.0.1;host=localhost"])
def test_what_came_through_a_proxy_is_refused(header: str, value: str, settings: Any) -> None:
    """Behind a proxy on this machine everybody comes from 127.0.0.1, and may say so as well."""
    settings.INTERNAL_IPS = ["127.0.0.1"]
    assert not admitted(visitor(**{header: value}))


def test_a_forwarded_address_does_not_make_a_stranger_local() -> None:
    """X-Forwarded-For is never read as an address."""
    assert not admitted(visitor("localhost", "203.0.113.9", **{"x-forwarded-for": "127.0.0.1"}))


def test_without_debug_nobody_is_admitted_by_address(settings: Any) -> None:
    """Production has loopback visitors too."""
    settings.DEBUG = False
    settings.INTERNAL_IPS = ["127.0.0.1"]
    assert not admitted(visitor())


@pytest.mark.parametrize(
    ("host", "named", "expected"),
    [
        ("localhost:8000", ["*"], True),
        ("10.0.0.5:8000", ["*"], True),
        ("[fd00::5]:8000", ["*"], True),
        ("dev.example.com", ["dev.example.com"], True),
        ("dev.example.com", [".example.com", "*"], True),
        ("evil.com", ["*"], False),
        ("evil.com", ["dev.example.com", "*"], False),
    ],
)
def test_an_internal_address_needs_a_name_that_is_ours(
    host: str, named: list[str], expected: bool, settings: Any
) -> None:
    """INTERNAL_IPS often holds 127.0.0.1 for the toolbar: it must not undo the protection against rebound names."""
    settings.INTERNAL_IPS = ["10.0.0.9", "127.0.0.1"]
    settings.ALLOWED_HOSTS = named
    assert admitted(visitor(host, "10.0.0.9")) is expected
    assert admitted(visitor(host, "127.0.0.1")) is expected


def test_the_token_is_exchanged_for_a_cookie_that_admits_from_anywhere(token: str, settings: Any) -> None:
    """Without DEBUG, from elsewhere, through a proxy: whoever has the link has it."""
    settings.DEBUG = False
    exchanged = access.exchange(token)
    assert exchanged is not None
    name, value = exchanged
    request = visitor("dev.example.com", "203.0.113.9", **{"x-forwarded-for": "198.51.100.1"})
    request.COOKIES[name] = value
    assert admitted(request)
    request.COOKIES[name] = token
    assert not admitted(request), "the token itself is no cookie"


@pytest.mark.parametrize("wrong", ["", "x", "é\ud800", "A" * 43])
def test_a_wrong_token_is_no_token(token: str, wrong: str) -> None:
    """Also one that cannot be encoded."""
    assert access.exchange(wrong) is None
    assert access.exchange(token[:-1]) is None


def test_a_required_token_is_asked_for_on_this_machine_as_well(token: str) -> None:
    """A server that listens beyond this machine may stand behind a tunnel that makes everybody local."""
    assert not admitted(visitor())


def test_a_new_token_ends_the_old_one(token: str) -> None:
    """One start, one link."""
    old = access.exchange(token)
    assert old is not None
    access.issue_token("queryscope_1", required=True)
    assert access.exchange(token) is None
    request = visitor()
    request.COOKIES[old[0]] = old[1]
    assert not admitted(request)


def test_a_token_has_256_bits_and_only_hashes_stay(token: str) -> None:
    """What a debugger shows of this process opens nothing."""
    assert len(token) >= 43
    exchanged = access.exchange(token)
    assert exchanged is not None
    held = repr(access._issued)
    assert token not in held
    assert exchanged[1] not in held


def staff_only(user: Any, client_address: str) -> bool:
    """Admit staff, from one network."""
    return bool(user.is_staff) and client_address.startswith("203.")


def failing(user: Any, client_address: str) -> bool:
    """Fail."""
    raise LookupError("no directory")


async def admitting_later(user: Any, client_address: str) -> bool:
    """Admit, but only once awaited: a coroutine is true."""
    return True


def yes_in_words(user: Any, client_address: str) -> Any:
    """Return something that is true without being True."""
    return user.get_username


def rule(function: Any) -> dict[str, str]:
    return {"ACCESS": f"{__name__}.{function.__name__}"}


def test_access_admits_by_user_and_address_without_debug(settings: Any) -> None:
    """The project's own rule gets the user and the address of the peer."""
    settings.DEBUG = False
    settings.QUERYSCOPE = rule(staff_only)
    request = visitor("shop.example.com", "203.0.113.9")
    assert not admitted(request)
    request.user = User(username="ada", is_staff=True)
    assert admitted(request)
    request.META["REMOTE_ADDR"] = "198.51.100.1"
    assert not admitted(request)


@pytest.mark.parametrize("function", [failing, admitting_later, yes_in_words])
def test_a_rule_that_does_not_answer_plainly_admits_nobody(
    function: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """An error, a coroutine and a truthy object are all a no, and the log says so."""
    settings.DEBUG = False
    settings.QUERYSCOPE = rule(function)
    with caplog.at_level(logging.ERROR, "queryscope.dashboard"):
        assert not admitted(visitor())
    assert "nobody is admitted by it" in caplog.text


def test_a_rule_that_is_not_there_admits_nobody(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A typing mistake in the dotted path must not open the door."""
    settings.DEBUG = False
    settings.QUERYSCOPE = {"ACCESS": "nowhere.at_all"}
    assert not admitted(visitor())
    assert "nowhere.at_all" in caplog.text


def test_the_rule_is_asked_only_where_nothing_else_admits(settings: Any) -> None:
    """On this machine with DEBUG no user is looked up."""
    settings.QUERYSCOPE = rule(failing)
    decision = access.decide(visitor())
    assert decision.admitted
    assert len(decision.conditions) == 2


@pytest.mark.django_db
def test_a_socket_finds_the_user_of_the_session_cookie(settings: Any) -> None:
    """Without AuthMiddlewareStack in the host's routing, and without its middleware, as under ``serve``."""
    settings.DEBUG = False
    settings.QUERYSCOPE = rule(staff_only)
    client = Client()
    client.force_login(User.objects.create_user("ada", is_staff=True))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    scope = {
        "type": "websocket",
        "path": "/queryscope/ws/",
        "headers": [(b"host", b"shop.example.com"), (b"cookie", cookie.encode())],
        "client": ["203.0.113.9", 40000],
    }
    assert admitted(request_of(scope))
    assert not admitted(request_of({**scope, "headers": [(b"host", b"shop.example.com")]}))


def test_a_socket_is_judged_like_a_page() -> None:
    """The same names and addresses count in a handshake."""
    scope: dict[str, Any] = {"type": "websocket", "path": "/queryscope/ws/", "client": ["127.0.0.1", 40000]}
    assert admitted(request_of({**scope, "headers": [(b"host", b"localhost:8000")]}))
    assert not admitted(request_of({**scope, "headers": [(b"host", b"evil.com")]}))
    assert not admitted(
        request_of({**scope, "headers": [(b"host", b"localhost"), (b"x-forwarded-for", b"1.1.1.1")]})
    )
    assert not admitted(request_of({**scope, "headers": [(b"host", b"localhost")], "client": None}))
