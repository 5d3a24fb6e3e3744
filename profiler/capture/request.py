"""What is kept of an HTTP request: references while it is answered, the masked description afterwards.

Never evaluates anything of the host: no lazy user, no unread body. Credentials are not even looked at: of the headers
only those of an allow-list are taken, and cookies and the session not at all.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from queryscope.profiler.capture import json_body
from queryscope.profiler.capture.payload import Payload
from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.text import plain
from queryscope.profiler.capture.values import shown
from queryscope.profiler.trace import Request

_HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "Content-Length", "Content-Type", "Host", "User-Agent",
            "X-Requested-With", "HX-Request", "HX-Target", "HX-Trigger")  # fmt: skip
_META = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _HEADERS} | {
    "Content-Length": "CONTENT_LENGTH",
    "Content-Type": "CONTENT_TYPE",
}
_FORM = "application/x-www-form-urlencoded"


_FIELDS = 200
_FIELD_CHARS = 1_000


class RawRequest(NamedTuple):
    """References taken when the response was made; ``fields`` is the parsed form where the view parsed it."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    content_type: str
    body: bytes | None
    body_bytes: int | None
    fields: list[tuple[str, str]]
    user_pk: Any
    route: str | None
    arguments: list[tuple[str, Any]]
    """The arguments that the URL gave to the view; those without a name are called "?"."""
    view: str | None
    status: int | None
    response_type: str | None
    response_bytes: int | None


class Described(NamedTuple):
    """The masked path and description of a request, and the texts that were hidden: an error may quote them."""

    path: str
    request: Request
    hidden: list[str]


def collect(request: Any, response: Any, max_body: int) -> RawRequest:
    """Take what is worth keeping of a request and its response, if it has one; ``max_body`` in bytes."""
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
        fields=[] if body else _fields(request.__dict__.get("_post")),
        user_pk=getattr(user, "pk", None),
        route=getattr(match, "route", None),
        arguments=[*(("?", each) for each in match.args), *match.kwargs.items()] if match else [],
        view=_view_name(match, request.method) if match else None,
        status=None if response is None else response.status_code,
        response_type=None if response is None else _type(response),
        response_bytes=None if response is None or response.streaming else len(response.content),
    )


def _type(response: Any) -> str | None:
    return plain(response.headers.get("Content-Type", ""), 200).partition(";")[0] or None


def _fields(form: Any) -> list[tuple[str, str]]:
    """Return the first fields of a parsed form, each cut: what a client sent may be megabytes."""
    if not form:
        return []
    pairs = ((name, value) for name, values in form.lists() for value in values)
    return [(plain(name, _FIELD_CHARS), plain(value, _FIELD_CHARS)) for name, value in islice(pairs, _FIELDS)]


def _view_name(match: Any, method: str) -> str | None:
    try:
        return view_name(match, method)
    except Exception:
        return None  # an attribute of the view's that only looks like Django's or DRF's


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


def describe(raw: RawRequest, redaction: Redaction) -> Described:
    """Return what is shown of a request, and what was hidden of it."""
    payload = Payload(redaction)
    path = _mask_path(raw, payload)
    query_string, body = payload.pairs(raw.query_string), _mask_body(raw, payload)
    request = Request(
        query_string=query_string,
        headers=raw.headers,
        content_type=raw.content_type,
        body=body,
        body_bytes=raw.body_bytes,
        user_pk=plain(raw.user_pk, 200),
        masked=tuple(dict.fromkeys(payload.masked)),
    )
    return Described(path, request, payload.hidden)


def _mask_path(raw: RawRequest, payload: Payload) -> str:
    """Hide the parts of the path that a sensitive URL argument caught, such as the token of a password reset.

    A number is hidden where its name sounds secret; a primary key is kept, also where everything else is hidden.
    """
    redaction = payload.redaction
    path = plain(raw.path, 4_000)
    for name, value in raw.arguments:
        number = issubclass(type(value), int)
        if redaction.shows_everything or not (
            redaction.secret(name) if number else redaction.sensitive(name)
        ):
            continue
        text = shown(value, 4_000) or ""
        hidden = _replaced(path, text, payload.pseudonym(f"path:{name}", text))
        # Its converter made something of it that reads in another way: then the pattern is all that can be shown.
        path = hidden if hidden != path else f"/{raw.route or ''}"
    return path[:2_000]


def _replaced(path: str, text: str, pseudonym: str) -> str:
    if len(text) > 2:
        return path.replace(text, pseudonym)
    return "/".join(pseudonym if text and part == text else part for part in path.split("/"))


def _mask_body(raw: RawRequest, payload: Payload) -> str | None:
    """Return the body as text: forms and JSON field by field, anything else only where nothing is masked."""
    if raw.fields:
        return payload.form(raw.fields)
    if not raw.body:
        return None
    text = raw.body.decode("utf-8", "backslashreplace")
    if raw.content_type == _FORM:
        return payload.pairs(text)
    if raw.content_type.endswith("json"):
        return json_body.mask(text, payload)
    return text if payload.redaction.shows_everything else None
