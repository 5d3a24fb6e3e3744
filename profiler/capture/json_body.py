"""Hides what is secret in JSON by its keys, in one pass over its tokens: the text may be cut off or be no JSON at all."""

from __future__ import annotations

import json
import re

from queryscope.profiler.capture.payload import Payload

_TOKEN = re.compile(r'\s+|"(?:[^"\\]|\\.|\\\Z)*(?:"|\Z)|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def mask(text: str, payload: Payload) -> str:
    """Return JSON with the values hidden whose keys are sensitive, whatever they hold."""
    return text if payload.redaction.shows_everything else _Json(payload).mask(text)


class _Place:
    """An object or a list that is open: the key whose value is read, and whether its colon was seen."""

    __slots__ = ("is_object", "key", "reads_value")

    def __init__(self, is_object: bool) -> None:
        self.is_object = is_object
        self.key = ""
        self.reads_value = not is_object


class _Json:
    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._places: list[_Place] = []
        self._pieces: list[str] = []
        self._secret = ""
        """The sensitive key whose value is being swallowed, up to where it ends."""
        self._swallowed: list[str] = []
        self._depth = 0

    def mask(self, text: str) -> str:
        for match in _TOKEN.finditer(text):
            token = match.group()
            if self._secret and not self._swallow(token):
                self._end_secret()
            if not self._secret:
                self._see(token)
        self._end_secret()
        return "".join(self._pieces)

    def _swallow(self, token: str) -> bool:
        """Take a token of a hidden value; return whether it was one."""
        if self._depth == 0 and token in {",", "}", "]"}:
            return False
        self._depth += (token in {"{", "["}) - (token in {"}", "]"})
        self._swallowed.append(token)
        return True

    def _end_secret(self) -> None:
        value = "".join(self._swallowed).strip()
        if value:
            self._pieces.append(f' "{self._payload.pseudonym(self._secret, value, _unquoted(value))}"')
        self._secret, self._swallowed, self._depth = "", [], 0

    def _see(self, token: str) -> None:
        place = self._places[-1] if self._places else _Place(False)
        if token in {"{", "["}:
            self._places.append(_Place(token == "{"))
        elif token in {"}", "]"}:
            self._places[-1:] = []
        elif token == ",":
            place.reads_value = not place.is_object
        elif token == ":":
            place.reads_value = True
            if place.key and self._hides_all_of(place.key):
                self._secret = place.key
        elif not token.isspace():
            token = self._leaf(place, token)
        self._pieces.append(token)

    def _hides_all_of(self, key: str) -> bool:
        redaction = self._payload.redaction
        return not redaction.hides_everything and redaction.sensitive(key)

    def _leaf(self, place: _Place, token: str) -> str:
        if not place.reads_value:
            place.key = _unquoted(token)
            return token
        value = _unquoted(token)
        if self._payload.redaction.hides_everything or (token[0] == '"' and self._payload.hides_value(value)):
            return f'"{self._payload.pseudonym(place.key or "?", token, value)}"'
        return token


def _unquoted(token: str) -> str:
    if token[0] != '"':
        return token
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token.strip('"')
