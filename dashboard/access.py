"""Who may look: one rule for pages and sockets, closed unless one of four conditions holds."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable
from hashlib import sha256
from inspect import iscoroutine
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string

from queryscope.dashboard.visitor import user_of
from queryscope.profiler.settings import current
from queryscope.profiler.trace import Value

COOKIE = "queryscope_access"

FORWARDING = (
    "FORWARDED",
    "FORWARDED_FOR",
    "CLIENT_IP",
    "TRUE_CLIENT_IP",
    "CF_CONNECTING_IP",
    "VIA",
)
"""Headers, beside every ``X-Forwarded-*``, ``X-Real-*`` and ``X-Client-*``, by which a proxy gives itself away."""

FORWARDING_PREFIXES = ("X_FORWARDED", "X_REAL", "X_CLIENT", "X_ORIGINAL", "X_PROXY", "X_ENVOY", "X_CLUSTER")

logger = logging.getLogger("queryscope.dashboard")


class Condition(Value, frozen=True):
    """One way in: what it asks for, whether it holds, and, where it does not, why (with the value seen)."""

    name: str
    holds: bool
    why: str


class Decision(Value, frozen=True):
    """The verdict on one visitor, with every condition that was looked at."""

    conditions: tuple[Condition, ...]

    @property
    def admitted(self) -> bool:
        """Whether any condition holds."""
        return any(condition.holds for condition in self.conditions)


def decide(request: HttpRequest) -> Decision:
    """Return the verdict on whoever sent ``request``; looks up the user only where nothing else admits."""
    seen: list[Condition] = []
    for look in (_token, _loopback, _internal, _access):
        seen.append(look(request))
        if seen[-1].holds:
            break
    return Decision(conditions=tuple(seen))


def issue_token() -> str:
    """Return a new token of 256 bits that admits from now on, instead of any earlier one; only hashes stay here."""
    token = secrets.token_urlsafe(32)
    _issued["token"] = _hash(token)
    _issued["cookie"] = _hash(_cookie_for(token))
    return token


def revoke_token() -> None:
    """Admit nobody by token or cookie any more."""
    _issued.clear()


def exchange(token: str) -> str | None:
    """Return the cookie's value for the right token, ``None`` for any other; takes equally long for each."""
    return _cookie_for(token) if _matches("token", token) else None


_issued: dict[str, bytes] = {}


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _cookie_for(token: str) -> str:
    # Not the token itself: what a cookie jar leaks opens nothing after the next start, and no link can be made of it.
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"queryscope cookie", "sha256").hexdigest()


def _matches(kind: str, secret: str) -> bool:
    return hmac.compare_digest(_issued.get(kind, b""), _hash(secret))


def _token(request: HttpRequest) -> Condition:
    name = "The link that queryscope serve printed"
    if not _issued:
        return Condition(name=name, holds=False, why="This server was not started with a link.")
    cookie = request.COOKIES.get(COOKIE)
    if cookie is None:
        return Condition(name=name, holds=False, why="This browser has not opened the link yet.")
    holds = _matches("cookie", cookie)
    return Condition(
        name=name, holds=holds, why="" if holds else "This browser opened a link of an earlier start."
    )


def _loopback(request: HttpRequest) -> Condition:
    address, host = client_address(request), request.META.get("HTTP_HOST", "")
    why = _debug_off() or _forwarded(request)
    if not why and not is_loopback(address):
        why = f"You come from {address or 'an unknown address'}, which is another machine."
    if not why and not is_local_name(host):
        why = f"The Host header is {host!r}, which does not name this machine."
    return Condition(name="DEBUG, from this machine", holds=not why, why=why)


def _internal(request: HttpRequest) -> Condition:
    address, host = client_address(request), request.META.get("HTTP_HOST", "")
    why = _debug_off() or _forwarded(request)
    if not why and address not in settings.INTERNAL_IPS:
        why = f"You come from {address or 'an unknown address'}, which is not in INTERNAL_IPS."
    if not why and not _is_trusted_name(host):
        # A page of somebody else whose name was rebound to this address sends its own name.
        why = f"The Host header is {host!r}, which is neither local, nor an IP address, nor named in ALLOWED_HOSTS."
    return Condition(name="DEBUG, from an address in INTERNAL_IPS", holds=not why, why=why)


def _access(request: HttpRequest) -> Condition:
    dotted, name = current().access, "QUERYSCOPE['ACCESS']"
    if dotted is None:
        return Condition(name=name, holds=False, why="It is not set.")
    try:
        admitted = _ask(import_string(dotted), request)
    except Exception:
        logger.exception("QUERYSCOPE['ACCESS'] (%s) failed; nobody is admitted by it.", dotted)
        return Condition(name=name, holds=False, why="It raised an error; the log of the server has it.")
    return Condition(name=name, holds=admitted, why="" if admitted else "It did not admit you.")


def _ask(check: Callable[..., Any], request: HttpRequest) -> bool:
    answer = check(user_of(request), client_address(request))
    if iscoroutine(answer):
        answer.close()
        raise TypeError("It is an async function; it has to be a plain one.")
    if not isinstance(answer, bool):
        # A bound method or a lazy object is true as well: what is not a clear yes is a no.
        raise TypeError(f"It returned {answer!r}; it has to return True or False.")
    return answer


def client_address(request: HttpRequest) -> str:
    """Return the address of the peer as the server saw it, ``""`` where there is none (a Unix socket)."""
    return str(request.META.get("REMOTE_ADDR") or "")


def is_loopback(address: str) -> bool:
    """Return whether ``address`` is 127.0.0.0/8 or ::1, also written as an IPv4-mapped IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def is_local_name(host: str) -> bool:
    """Return whether a Host header names this machine: localhost, \\*.localhost, 127.0.0.0/8 or [::1], any port."""
    domain, _ = split_domain_port(host)
    if domain in {"localhost", "[::1]"} or domain.endswith(".localhost"):
        return True
    return "[" not in domain and is_loopback(domain)


def _is_trusted_name(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return is_local_name(host) or _is_address(domain) or validate_host(domain, _named_hosts())


def _named_hosts() -> list[str]:
    return [pattern for pattern in settings.ALLOWED_HOSTS if pattern != "*"]


def _is_address(domain: str) -> bool:
    try:
        ip_address(domain.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _debug_off() -> str:
    return "" if settings.DEBUG else "DEBUG is off."


def _forwarded(request: HttpRequest) -> str:
    for key in request.META:
        name = key.removeprefix("HTTP_")
        if key.startswith("HTTP_") and (name in FORWARDING or name.startswith(FORWARDING_PREFIXES)):
            return f"The request came through a proxy (it has the header {name.replace('_', '-').title()})."
    return ""
