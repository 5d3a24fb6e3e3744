"""Decides what is secret and puts a pseudonym in its place; a name that sounds secret is enough.

Equal values of one trace get equal pseudonyms, so that a loop stays visible; the key of the pseudonyms is random for
each trace and kept nowhere, so that nobody can try values until one matches.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from queryscope.profiler.capture import messages
from queryscope.profiler.capture.sensitive import (
    carries,
    may_sound_secret,
    name_as_value,
    sounds_secret,
    tells,
)
from queryscope.profiler.config import Config
from queryscope.profiler.sql.statement import Analysis, Slot

_COMMENT_CHARS = 2_000
"""A longer comment that may hold a secret is not searched for one but hidden."""


class Redaction:
    """The masking of one trace, by the option PARAMETERS."""

    def __init__(self, config: Config) -> None:
        self._mode = config.parameters
        self._extra = tuple(re.sub(r"[^a-z0-9]", "", name.lower()) for name in config.mask_names)
        self._key = secrets.token_bytes(16)
        self._known: dict[str, bool] = {}
        self._by_names: dict[int, tuple[Analysis, list[bool]]] = {}

    @property
    def shows_everything(self) -> bool:
        """Whether nothing at all is hidden."""
        return self._mode == "full"

    @property
    def hides_everything(self) -> bool:
        """Whether every value is hidden, whatever its name."""
        return self._mode == "masked"

    def sensitive(self, name: str) -> bool:
        """Return whether a value of this column, header or field is hidden."""
        if self._mode != "sensitive":
            return self._mode == "masked"
        return self.secret(name)

    def secret(self, name: str) -> bool:
        """Return whether a name sounds secret, whatever the option says."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = sounds_secret(name, self._extra)
        return known

    def tells(self, value: Any) -> bool:
        """Return whether a value is hidden for what it holds, under whatever name it was found."""
        return self._mode != "full" and (self._mode == "masked" or tells(value, self.secret))

    def pseudonym(self, text: str) -> str:
        """Return what stands for ``text``: eight hex digits, equal for equal texts of this trace."""
        return blake2b(text.encode("utf-8", "backslashreplace"), key=self._key, digest_size=4).hexdigest()

    def hidden(self, sql: str, analysis: Analysis, values: Sequence[Any]) -> list[bool]:
        """Return for each slot of a statement whether its value is hidden; ``values`` fill the placeholders in order."""
        if self._mode != "sensitive":
            return [self._mode == "masked"] * len(analysis.slots)
        hidden = list(self._hidden_by_names(analysis))
        given = iter(values)
        for index, slot in enumerate(analysis.slots):
            value = next(given, None) if slot.placeholder else sql[slot.start : slot.end].strip("'\"")
            if type(value) is int or value is None:
                continue
            hidden[index] = hidden[index] or tells(value, self.secret)
            # A key and its value stand beside each other: data -> 'password', ('smtp_password', 'hunter2').
            if (name := name_as_value(value, self._extra)) and not hidden[index] and self.secret(name):
                hidden[max(0, index - 1)] = hidden[min(index + 1, len(hidden) - 1)] = True
                hidden[index] = False
        return hidden

    def text(self, sql: str, analysis: Analysis, hidden: Sequence[bool]) -> str:
        """Return ``sql`` without the hidden literals and without comments that may hold a secret."""
        if self._mode == "full":
            return sql
        cuts = [
            (slot.start, slot.end, "'‹{}›'")
            for slot, hides in zip(analysis.slots, hidden, strict=True)
            if hides and not slot.placeholder
        ]
        cuts += [
            (start, end, "/* ‹{}› */") for start, end in analysis.comments if self._tattles(sql[start:end])
        ]
        pieces, done = [], 0
        for start, end, form in sorted(cuts):
            pieces += [sql[done:start], form.format(self.pseudonym(sql[start:end]))]
            done = end
        return "".join([*pieces, sql[done:]]) if pieces else sql

    def error(self, text: str | None, hidden: Iterable[str]) -> str | None:
        """Return an error's text without the values in ``hidden`` and without the values a database quotes."""
        if text is None or self._mode == "full":
            return text
        return messages.mask(text, hidden, self)

    def _tattles(self, comment: str) -> bool:
        if comment.startswith("/*+"):
            return False  # a hint for the planner
        if self._mode == "masked":
            return True
        if "@" not in comment and not may_sound_secret(comment, self._extra):
            return False
        return len(comment) > _COMMENT_CHARS or messages.names_a_secret(comment, self)

    def _hidden_by_names(self, analysis: Analysis) -> list[bool]:
        known = self._by_names.get(id(analysis))
        if known is None:
            secret_table = any(map(self.secret, analysis.tables))
            hidden = [self._hides(slot, secret_table) for slot in analysis.slots]
            # The analysis is held so that its identity is not used again.
            known = self._by_names[id(analysis)] = (analysis, hidden)
        return known[1]

    def _hides(self, slot: Slot, secret_table: bool) -> bool:
        return any(map(self.secret, slot.names)) or (secret_table and carries(slot.names))
