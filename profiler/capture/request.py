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
from queryscope.profiler.capture.values import new, shown
from queryscope.profiler.trace import Request

_HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "Content-Length", "Content-Type", "Host", "User-Agent",
            "X-Requested-With", "HX-Request", "HX-Target", "HX-Trigger")  # fmt: skip
_META = tuple(
    ("" if name in {"Content-Length", "Content-Type"} else "HTTP_") + name.upper().replace("-", "_")
    for name in _HEADERS
)
_FORM = "application/x-www-form-urlencoded"


_FIELDS = 200
_FIELD_CHARS = 1_000


class RawRequest(NamedTuple):
    """References taken when the response was made; ``fields`` is the parsed form where the view parsed it."""

    method: Any
    path: str
    query_string: Any
    headers: tuple[Any, ...]
    """The values of those that are kept, in the order of the allow-list."""
    content_type: str | None
    body: bytes | None
    body_bytes: int | None
    fields: list[tuple[str, str]]
    user_pk: Any
    match: Any
    """Django's ResolverMatch: the route, the arguments that the URL gave to the view, and the view."""
    status: int | None
    response_type: Any
    response_bytes: int | None
    response_encoding: Any = None

    @property
    def route(self) -> str | None:
        """The pattern that the path was found by."""
        return None if self.match is None else getattr(self.match, "route", None)

    @property
    def arguments(self) -> list[tuple[str, Any]]:
        """The arguments that the URL gave to the view; those without a name are called "?"."""
        match = self.match
        return [] if match is None else [*(("?", each) for each in match.args), *match.kwargs.items()]

    @property
    def view(self) -> str | None:
        """The dotted name of the view."""
        try:
            return None if self.match is None else view_name(self.match, self.method)
        except Exception:
            return None  # an attribute of the view's that only looks like Django's or DRF's


class RawMessage(NamedTuple):
    """What is known of a message to a consumer: where its socket is, and which handler got it."""

    path: str | None
    arguments: list[tuple[str, Any]]
    view: str
    route: str | None = None


class Described(NamedTuple):
    """The masked path and description of a request, and the texts that were hidden: an error may quote them."""

    path: str
    view: str | None
    request: Request | None
    hidden: list[str]


def collect(request: Any, response: Any, max_body: int) -> RawRequest:
    """Take what is worth keeping of a request and its response, if it has one; ``max_body`` in bytes.

    The request waits for this: texts are cut, and names found, when it is described.
    """
    known, sent = request.__dict__, request.META.get
    body, user = known.get("_body"), known.get("_cached_user") or known.get("_acached_user")
    status = response_type = response_bytes = encoding = None
    if response is not None:
        status, response_type = response.status_code, response.headers.get("Content-Type")
        response_bytes = None if response.streaming else len(response.content)
        encoding = response.headers.get("Content-Encoding")
    raw: RawRequest = new(RawRequest, (
        request.method, request.path, sent("QUERY_STRING"), tuple(map(sent, _META)), request.content_type,
        body[:max_body] if body else None, None if body is None else len(body),
        [] if body else _fields(known.get("_post")), None if user is None else getattr(user, "pk", None),
        request.resolver_match, status, response_type, response_bytes, encoding,
    ))  # fmt: skip
    return raw


def _fields(form: Any) -> list[tuple[str, str]]:
    """Return the first fields of a parsed form, each cut: what a client sent may be megabytes."""
    if not form:
        return []
    pairs = ((name, value) for name, values in form.lists() for value in values)
    return [(plain(name, _FIELD_CHARS), plain(value, _FIELD_CHARS)) for name, value in islice(pairs, _FIELDS)]


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


def describe(raw: RawRequest | RawMessage, redaction: Redaction) -> Described:
    """Return what is shown of a request or a message, and what was hidden of it."""
    payload = Payload(redaction)
    path = _mask_path(raw, payload)
    if isinstance(raw, RawMessage):
        return Described(path, raw.view, None, payload.hidden)
    query_string = payload.pairs(plain(raw.query_string or "", 10_000))
    content_type = plain(raw.content_type or "", 200)
    body = _mask_body(raw, content_type, payload)
    request = Request(
        query_string=query_string,
        headers={name: plain(value, 500) for name, value in zip(_HEADERS, raw.headers, strict=True) if value},
        content_type=content_type,
        body=body,
        body_bytes=raw.body_bytes,
        user_pk=plain(raw.user_pk, 200),
        masked=tuple(dict.fromkeys(payload.masked)),
    )
    return Described(path, raw.view, request, payload.hidden)


def _mask_path(raw: RawRequest | RawMessage, payload: Payload) -> str:
    """Hide the parts of the path that a sensitive URL argument caught, such as the token of a password reset.

    A number is hidden where its name sounds secret; a primary key is kept, also where everything else is hidden.
    """
    redaction = payload.redaction
    path = plain(raw.path or "", 4_000)
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


def _mask_body(raw: RawRequest, content_type: str, payload: Payload) -> str | None:
    """Return the body as text: forms and JSON field by field, anything else only where nothing is masked."""
    if raw.fields:
        return payload.form(raw.fields)
    if not raw.body:
        return None
    text = raw.body.decode("utf-8", "backslashreplace")
    if content_type == _FORM:
        return payload.pairs(text)
    if content_type.endswith("json"):
        return json_body.mask(text, payload)
    return text if payload.redaction.shows_everything else None
