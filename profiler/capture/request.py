"""What is kept of an HTTP request: references while it is answered, the masked description afterwards.

Never evaluates anything of the host: no lazy user, no unread body. Credentials are not even looked at: of the headers
only those of an allow-list are taken, and cookies and the session not at all.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus

from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.text import plain
from queryscope.profiler.trace import Request

_HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "Content-Length", "Content-Type", "Host", "User-Agent",
            "X-Requested-With", "HX-Request", "HX-Target", "HX-Trigger")  # fmt: skip
_META = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _HEADERS} | {
    "Content-Length": "CONTENT_LENGTH",
    "Content-Type": "CONTENT_TYPE",
}
_JSON_FIELD = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:\s*)("(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|true|false|null)')
_FORM = "application/x-www-form-urlencoded"


class RawRequest(NamedTuple):
    """References taken when the response was made; ``fields`` is the parsed form where the view parsed it."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    content_type: str
    body: bytes | None
    body_bytes: int | None
    fields: Any
    user_pk: Any
    route: str | None
    kwargs: dict[str, Any]
    view: str | None
    status: int
    response_type: str | None
    response_bytes: int | None


def collect(request: Any, response: Any, max_body: int) -> RawRequest:
    """Take what is worth keeping of a request and its response; ``max_body`` in bytes."""
    match = request.resolver_match
    body = request.__dict__.get("_body")
    user = request.__dict__.get("_cached_user") or request.__dict__.get("_acached_user")
    return RawRequest(
        method=request.method,
        path=request.path,
        query_string=plain(request.META.get("QUERY_STRING", ""), 10_000),
        headers={name: plain(request.META[key], 500) for name, key in _META.items() if request.META.get(key)},
        content_type=plain(request.content_type or "", 200),
        body=body[:max_body] if body else None,
        body_bytes=len(body) if body is not None else None,
        fields=request.__dict__.get("_post") if not body else None,
        user_pk=getattr(user, "pk", None),
        route=getattr(match, "route", None),
        kwargs=dict(match.kwargs) if match else {},
        view=view_name(match, request.method) if match else None,
        status=response.status_code,
        response_type=plain(response.headers.get("Content-Type", ""), 200).partition(";")[0] or None,
        response_bytes=None if response.streaming else len(response.content),
    )


def view_name(match: Any, method: str) -> str:
    """Return the dotted name of the view that ``match`` leads to, with the class and the action where it has them."""
    function = match.func
    view = getattr(function, "view_class", None) or getattr(function, "cls", None)
    if admin := getattr(function, "model_admin", None):
        return f"{type(admin).__module__}.{type(admin).__qualname__}.{function.__name__}"
    if view is None:
        view = function if hasattr(function, "__qualname__") else type(function)
    name = f"{view.__module__}.{view.__qualname__}"
    action = (getattr(function, "actions", None) or {}).get(method.lower())
    return f"{name}.{action}" if action else name


def describe(raw: RawRequest, redaction: Redaction) -> tuple[str, Request]:
    """Return the masked path and the masked description of a request."""
    masked: list[str] = []
    path = _mask_path(raw, redaction, masked)
    return path, Request(
        query_string=_mask_pairs(raw.query_string, redaction, masked),
        headers=raw.headers,
        content_type=raw.content_type,
        body=_mask_body(raw, redaction, masked),
        body_bytes=raw.body_bytes,
        user_pk=plain(raw.user_pk, 200),
        masked=tuple(dict.fromkeys(masked)),
    )


def _mask_path(raw: RawRequest, redaction: Redaction, masked: list[str]) -> str:
    """Hide the parts of the path that a sensitive URL argument caught, such as the token of a password reset."""
    path = plain(raw.path, 4_000)
    for name, value in raw.kwargs.items():
        text = str(value) if isinstance(value, (str, int)) else ""
        if len(text) > 2 and redaction.sensitive(name) and isinstance(value, str):
            path = path.replace(text, f"‹{redaction.pseudonym(text)}›")
            masked.append(f"path:{name}")
    return path[:2_000]


def _mask_pairs(text: str, redaction: Redaction, masked: list[str]) -> str:
    pairs = []
    for pair in text.split("&"):
        name, equals, value = pair.partition("=")
        plain = parse_qsl(pair, keep_blank_values=True)
        if value and redaction.sensitive(plain[0][0] if plain else name):
            masked.append(plain[0][0] if plain else name)
            value = f"‹{redaction.pseudonym(value)}›"
        pairs.append(f"{name}{equals}{value}")
    return "&".join(pairs)


def _mask_body(raw: RawRequest, redaction: Redaction, masked: list[str]) -> str | None:
    """Return the body as text: forms and JSON field by field, anything else only where nothing is masked."""
    if raw.fields:
        pairs = [(name, value) for name, values in raw.fields.lists() for value in values][:200]
        text = "&".join(f"{quote_plus(str(name))}={quote_plus(str(value)[:1_000])}" for name, value in pairs)
        return _mask_pairs(text, redaction, masked)
    if not raw.body:
        return None
    text = raw.body.decode("utf-8", "backslashreplace")
    if raw.content_type == _FORM:
        return _mask_pairs(text, redaction, masked)
    if raw.content_type.endswith("json"):
        return _JSON_FIELD.sub(lambda found: _mask_field(found, redaction, masked), text)
    return text if redaction.shows_everything else None


def _mask_field(match: re.Match[str], redaction: Redaction, masked: list[str]) -> str:
    name = match.group(1)[1:-1]
    if not redaction.sensitive(name):
        return match.group()
    masked.append(name)
    return f'{match.group(1)}{match.group(2)}"‹{redaction.pseudonym(match.group(3))}›"'
