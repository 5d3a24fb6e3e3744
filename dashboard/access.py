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

EXAMPLE = """\
QUERYSCOPE = {"ACCESS": "project.access.may_look"}

# project/access.py
def may_look(user, client_address):
    return user.is_staff"""

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
    """One way in: whether it holds; where it does not, ``why`` (with the value seen), and what to do about it.

    ``code`` is what to write into the settings, where that helps.
    """

    name: str
    why: str = ""
    remedy: str = ""
    code: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.why


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


def issue_token(cookie_name: str, *, required: bool) -> str:
    """Return a new token of 256 bits that admits from now on, instead of any earlier one; only hashes stay here.

    With ``required`` being on this machine or in INTERNAL_IPS is not enough any more. Cookies know no ports, so
    ``cookie_name`` has to tell several servers of one machine apart.
    """
    token = secrets.token_urlsafe(32)
    cookie = _cookie_for(token)
    _issued[:] = [
        Issued(token=_hash(token), cookie=_hash(cookie), cookie_name=cookie_name, required=required)
    ]
    return token


def revoke_token() -> None:
    """Admit nobody by token or cookie any more."""
    _issued.clear()


def exchange(token: str) -> tuple[str, str] | None:
    """Return name and value of the cookie for the right token, ``None`` for any other; takes equally long for each."""
    for issued in _issued:
        if hmac.compare_digest(issued.token, _hash(token)):
            return issued.cookie_name, _cookie_for(token)
    return None


class Issued(Value, frozen=True):
    """The one token in force, as hashes of it and of the cookie it is exchanged for."""

    token: bytes
    cookie: bytes
    cookie_name: str
    required: bool


_issued: list[Issued] = []


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _cookie_for(token: str) -> str:
    # Not the token itself: no link can be made of what a cookie jar leaks.
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"queryscope cookie", "sha256").hexdigest()


def _token(request: HttpRequest) -> Condition:
    remedy = "Start “manage.py queryscope serve” and open the link it prints."
    why = "This server has printed no link."
    for issued in _issued:
        cookie = request.COOKIES.get(issued.cookie_name)
        remedy = "Open the link in the terminal of “manage.py queryscope serve”."
        why = "This browser has not opened it."
        if cookie is not None:
            why = (
                ""
                if hmac.compare_digest(issued.cookie, _hash(cookie))
                else "This browser opened that of an earlier start."
            )
    return Condition(name="The link that queryscope serve prints", why=why, remedy=remedy)


def _loopback(request: HttpRequest) -> Condition:
    address, host = client_address(request), request.META.get("HTTP_HOST", "")
    why = _debug_is_not_enough() or _forwarded(request)
    if not why and not is_loopback(address):
        why = f"You come from {address or 'an unknown address'}, which is another machine."
    if not why and not is_local_name(host):
        why = f"The Host header is {host!r}, which does not name this machine."
    remedy = "With DEBUG = True, open it on the machine that runs the server, as http://127.0.0.1 or http://localhost."
    return Condition(name="DEBUG, from the same machine", why=why, remedy=remedy)


def _internal(request: HttpRequest) -> Condition:
    address, host = client_address(request), request.META.get("HTTP_HOST", "")
    why, code = _debug_is_not_enough() or _forwarded(request), ""
    if not why and address not in settings.INTERNAL_IPS:
        why = f"You come from {address or 'an unknown address'}, which is not in INTERNAL_IPS."
        code = f"INTERNAL_IPS = [{address!r}]"
    if not why and not _is_trusted_name(host):
        # A page of somebody else whose name was rebound to this address sends its own name.
        why = f"The Host header is {host!r}, which is neither local, nor an IP address, nor named in ALLOWED_HOSTS."
        code = f"ALLOWED_HOSTS = [{split_domain_port(host)[0]!r}]"
    remedy = "With DEBUG = True, name your address in INTERNAL_IPS, and the name you open in ALLOWED_HOSTS (no “*”)."
    return Condition(name="DEBUG, from an address in INTERNAL_IPS", why=why, remedy=remedy, code=code)


def _access(request: HttpRequest) -> Condition:
    remedy = "Name a function (user, client_address) -> bool that says who may look; it works without DEBUG as well."
    return Condition(
        name="The project's own rule, QUERYSCOPE['ACCESS']", why=_asked(request), remedy=remedy, code=EXAMPLE
    )


def _asked(request: HttpRequest) -> str:
    dotted = current().access
    if dotted is None:
        return "It is not set."
    try:
        return "" if _ask(import_string(dotted), request) else "It did not admit you."
    except Exception:
        logger.exception("QUERYSCOPE['ACCESS'] (%s) failed; nobody is admitted by it.", dotted)
        return "It failed; the log of the server says why."


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


def _debug_is_not_enough() -> str:
    if any(issued.required for issued in _issued):
        return "This server listens beyond this machine, so it asks for its link."
    return "" if settings.DEBUG else "DEBUG is off."


def _forwarded(request: HttpRequest) -> str:
    for key in request.META:
        name = key.removeprefix("HTTP_")
        if key.startswith("HTTP_") and (name in FORWARDING or name.startswith(FORWARDING_PREFIXES)):
            return f"The request came through a proxy (it has the header {name.replace('_', '-').title()})."
    return ""
