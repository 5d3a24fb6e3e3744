"""Decides what is secret and puts a pseudonym in its place; a name that looks sensitive is enough.

Equal values of one trace get equal pseudonyms, so that a loop stays visible; the key of the pseudonyms is random for
each trace and kept nowhere, so that nobody can try values until one matches.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from hashlib import blake2b

from queryscope.profiler.config import Config
from queryscope.profiler.sql.statement import Analysis, Slot

_PARTS = (
    "passw", "passphrase", "secret", "token", "apikey", "privatekey", "accesskey", "authkey", "sessionkey", "sessionid",
    "sessiondata", "credential", "cookie", "csrf", "authorization", "email", "creditcard", "cardnumber", "signature",
)  # fmt: skip
_WORDS = frozenset(
    ("pwd", "pass", "pin", "otp", "totp", "cvv", "cvc", "iban", "ssn", "mail", "uidb64", "jwt", "auth")
)
_SPLIT = re.compile(r"[^a-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_KEY_DETAIL = re.compile(r"(Key \()([^)]*)(\)=\()(.*?)(\))(?= |\.|$)", re.DOTALL)


class Redaction:
    """The masking of one trace, by the option PARAMETERS."""

    def __init__(self, config: Config) -> None:
        self._mode = config.parameters
        self._extra = tuple(re.sub(r"[^a-z0-9]", "", name.lower()) for name in config.mask_names)
        self._key = secrets.token_bytes(16)
        self._known: dict[str, bool] = {}

    @property
    def shows_everything(self) -> bool:
        """Whether nothing at all is hidden."""
        return self._mode == "full"

    def sensitive(self, name: str) -> bool:
        """Return whether a value of this column, header or field is hidden."""
        if self._mode == "full":
            return False
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._mode == "masked" or self._looks_sensitive(name)
        return known

    def pseudonym(self, text: str) -> str:
        """Return what stands for ``text``: eight hex digits, equal for equal texts of this trace."""
        return blake2b(text.encode("utf-8", "backslashreplace"), key=self._key, digest_size=4).hexdigest()

    def masks(self, analysis: Analysis) -> list[Callable[[str], str] | None]:
        """Return for each placeholder of a statement the function that hides its value, or ``None``."""
        return [self.pseudonym if self._hides(slot) else None for slot in analysis.slots if slot.placeholder]

    def text(self, sql: str, analysis: Analysis) -> str:
        """Return ``sql`` with the literals replaced whose names are sensitive."""
        pieces, done = [], 0
        for slot in analysis.slots:
            if slot.placeholder or not self._hides(slot):
                continue
            pieces += [sql[done : slot.start], f"'‹{self.pseudonym(sql[slot.start : slot.end])}›'"]
            done = slot.end
        return "".join([*pieces, sql[done:]]) if pieces else sql

    def error(self, text: str | None, hidden: Iterable[str]) -> str | None:
        """Return an error's text without the values in ``hidden`` and without the values a database quotes."""
        if text is None or self._mode == "full":
            return text
        text = _KEY_DETAIL.sub(self._key_detail, text)
        for value in hidden:
            if len(value) > 2:
                text = text.replace(value, f"‹{self.pseudonym(value)}›")
        return text

    def _key_detail(self, match: re.Match[str]) -> str:
        before, columns, middle, values, after = match.groups()
        if not any(self.sensitive(column) for column in columns.split(",")):
            return match.group()
        return f"{before}{columns}{middle}‹{self.pseudonym(values)}›{after}"

    def _hides(self, slot: Slot) -> bool:
        if self._mode == "masked":
            return True
        return any(self.sensitive(name) for name in slot.names)

    def _looks_sensitive(self, name: str) -> bool:
        words = {word.lower() for word in _SPLIT.split(name)}
        joined = re.sub(r"[^a-z0-9]", "", name.lower())
        if any(extra in joined for extra in self._extra if extra):
            return True
        return any(part in joined for part in _PARTS) or not words.isdisjoint(_WORDS)
