"""Takes secrets out of free text: the messages of databases quote values and rows, those of applications anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Protocol

_EXCERPT = re.compile(r"\n[^\n]*\n[ \t]*\^[^\n]*")
"""PostgreSQL repeats the line of the statement and points at the place; the trace has the statement."""
_ROW = re.compile(r"\n\w+:\s{1,3}[^\n(]*\(")
_ENTRY = re.compile(r"(Duplicate entry ')(.*)(' for key ')([^']*)", re.DOTALL)
_COLUMN = re.compile(r"(value: ')(.*)(' for column )(\S+)", re.DOTALL)
_PAIR = re.compile(
    r"""(?P<name>[\w.\-\[\]]{2,60})(?P<between>["']?\s{0,5}[:=]\s{0,5})
    (?P<value>(?:(?:bearer|basic|token|digest)\s+)?(?:"[^"]*"?|'[^']*'?|[\[{(][^\]})]*[\]})]?|[^\s,;)&"']+))""",
    re.VERBOSE | re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_CLASS = re.compile(r"[\w.]+: ?")
_QUOTED = re.compile(r"""(\w*\s?)('[^'\n]*'|"[^"\n]*")""")
_BEFORE_A_NAME = frozenset((
    "column", "constraint", "relation", "table", "key", "index", "function", "operator", "type", "schema",
    "database", "role", "attribute", "object", "module", "field", "named", "argument",
))  # fmt: skip
_MOST_HIDDEN = 2_000
_SHORTEST = 3
"""A shorter value is found in every text: taking it out would take the text apart."""


class Judge(Protocol):
    """What is asked of the redaction."""

    @property
    def hides_everything(self) -> bool:
        """Whether every value is hidden."""
        ...

    def secret(self, name: str) -> bool:
        """Return whether a name sounds secret."""
        ...

    def pseudonym(self, text: str) -> str:
        """Return what stands for a text."""
        ...


def mask(text: str, hidden: Iterable[str], judge: Judge) -> str:
    """Return a message without the texts in ``hidden``, and without what stands beside a name that sounds secret."""
    text = _EXCERPT.sub("", text)
    text = _without_key(text, judge)
    forms = {form for value in islice(hidden, _MOST_HIDDEN) for form in _forms(value)}
    for value in sorted(forms, key=len, reverse=True):
        if value in text:
            text = text.replace(value, f"‹{judge.pseudonym(value)}›")
    text = _ENTRY.sub(lambda found: _entry(found, judge), text)
    text = _COLUMN.sub(lambda found: _entry(found, judge), text)
    head = _CLASS.match(text)
    begin = head.end() if head else 0
    text = text[:begin] + _PAIR.sub(lambda found: _pair(found, judge), text[begin:])
    text = _ADDRESS.sub(lambda found: f"‹{judge.pseudonym(found.group())}›", text)
    return _QUOTED.sub(lambda found: _quoted(found, judge), text) if judge.hides_everything else text


def names_a_secret(text: str, judge: Judge) -> bool:
    """Return whether a text holds a name that sounds secret followed by a value, or an address."""
    return any(judge.secret(found["name"]) for found in _PAIR.finditer(text)) or bool(_ADDRESS.search(text))


def _forms(value: str) -> set[str]:
    """Return the ways in which a driver may have written a value."""
    forms = {
        value,
        value.replace("'", "''"),
        value.replace("\\", "\\\\").replace("'", "\\'"),
        repr(value)[1:-1],
    }
    return {form for form in forms if len(form) >= _SHORTEST}


def _without_key(text: str, judge: Judge) -> str:
    """Hide what PostgreSQL tells in its DETAIL: ``Key (email)=(…)`` and ``Failing row contains (…)``, in any language."""
    at = text.find(")=(")
    if at >= 0:
        begin = at + 3
        columns = re.findall(r"\w+", text[text.rfind("\n", 0, at) + 1 : at])
        if not judge.hides_everything and not any(map(judge.secret, columns)):
            return text
    elif found := _ROW.search(text):
        begin = found.end()
    else:
        return text
    end = text.rfind(")")
    values = text[begin:end] if end >= begin else text[begin:]
    return f"{text[:begin]}‹{judge.pseudonym(values)}›{text[end:] if end >= begin else ')'}"


def _entry(found: re.Match[str], judge: Judge) -> str:
    before, value, between, name = found.groups()
    if not judge.hides_everything and not judge.secret(name):
        return found.group()
    return f"{before}‹{judge.pseudonym(value)}›{between}{name}"


def _pair(found: re.Match[str], judge: Judge) -> str:
    if not judge.secret(found["name"]) or found["value"].startswith("‹"):
        return found.group()
    return f"{found['name']}{found['between']}‹{judge.pseudonym(found['value'])}›"


def _quoted(found: re.Match[str], judge: Judge) -> str:
    before, value = found.groups()
    if before.strip().lower() in _BEFORE_A_NAME or value[1:2] == "‹":
        return found.group()
    return f"{before}{value[0]}‹{judge.pseudonym(value)}›{value[0]}"
