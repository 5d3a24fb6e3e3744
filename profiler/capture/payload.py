"""Hides what is secret in what a client sent: query strings and forms, field by field; JSON has a module of its own."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote_plus

from queryscope.profiler.capture import messages
from queryscope.profiler.capture.redaction import Redaction


class Payload:
    """Masks the parts of one request; ``masked`` names what was hidden and ``hidden`` holds the texts themselves."""

    def __init__(self, redaction: Redaction) -> None:
        self.redaction = redaction
        self.masked: list[str] = []
        self.hidden: list[str] = []

    def pseudonym(self, name: str, text: str, value: str | None = None) -> str:
        """Note that a value was hidden; return what stands for its ``text``, which may write ``value`` in another way."""
        self.masked.append(name)
        self.hidden.append(text if value is None else value)
        return f"‹{self.redaction.pseudonym(text)}›"

    def pairs(self, text: str) -> str:
        """Return ``a=1&b=2`` with the values hidden whose names are sensitive."""
        return "&".join(map(self._pair, text.split("&")))

    def form(self, pairs: list[tuple[str, str]]) -> str:
        """Return parsed form fields as text, with the values hidden whose names are sensitive."""
        return self.pairs("&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs))

    def hides_value(self, text: str) -> bool:
        """Return whether a text under a harmless name holds a secret: JSON, GraphQL, a query string, an address."""
        return self.redaction.tells(text) or messages.names_a_secret(text, self.redaction)

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        read = parse_qsl(pair, keep_blank_values=True)
        plain_name, plain_value = read[0] if read else (name, value)
        if not equals:
            # An address such as /leave/?4f0ce1 has its token for a name.
            return self.pseudonym("?", pair) if self.redaction.hides_everything and pair else pair
        if not value or self.redaction.shows_everything:
            return pair
        if self.redaction.sensitive(plain_name) or self.hides_value(plain_value):
            value = self.pseudonym(plain_name, value, plain_value)
        return f"{name}{equals}{value}"


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "backslashreplace"))
