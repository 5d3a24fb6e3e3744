"""What sounds secret: names of columns, headers and fields, and values that carry such a name inside themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from queryscope.profiler.capture.text import plain
from queryscope.profiler.capture.values import Cut
from queryscope.profiler.sql.insert import UNTOLD

_PARTS = (
    "passw", "passphrase", "passcode", "secret", "token", "apikey", "privatekey", "accesskey", "authkey", "signingkey",
    "encryptionkey", "sharedkey", "activationkey", "confirmationkey", "sessionkey", "sessionid", "sessiondata",
    "contribsessions", "credential", "cookie", "csrf", "authorization", "email", "creditcard", "cardnumber", "signature",
    "verificationcode", "recoverycode", "backupcode", "securityanswer",
)  # fmt: skip
_WORDS = frozenset((
    "pwd", "pass", "passwd", "pin", "otp", "totp", "cvv", "cvc", "iban", "ssn", "mail", "uidb64", "jwt",
    "auth", "bearer", "hmac", "salt", "identified", "userpwd", "dbpwd",
))  # fmt: skip
_CARRIERS = frozenset(("key", "value", "code", "hash", "digest", "data", "payload", "content"))
"""Columns whose own name says nothing: what they hold is as secret as their table sounds (``authtoken_token.key``)."""
_SPLIT = re.compile(r"[^a-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_JSON_KEY = re.compile(r'"([^"\\]{1,80})"\s{0,20}:')
_NAME_AS_VALUE = re.compile(r"[\w.$:\"'\[\]{},/-]{3,120}", re.ASCII)
_HINT = re.compile(
    "pass|pwd|secret|token|key|session|credential|cookie|csrf|auth|mail|card|sign|code|answer|pin|otp|cv[vc]|iban|ssn"
    "|uid|jwt|bearer|hmac|salt|identified",
    re.IGNORECASE,
)
"""What a secret name holds at least. Millions of values are asked whether they are such a name; nearly none is."""
_NESTED = 3
_MEMBERS = 100
_BEGINS_JSON = frozenset("{[ \n\r\t")


def sounds_secret(name: str, extra: tuple[str, ...]) -> bool:
    """Return whether a name sounds secret; ``extra`` are the project's own words, in lower case letters and digits."""
    joined = re.sub(r"[^a-z0-9]", "", name.lower())
    if name == UNTOLD or any(part in joined for part in (*_PARTS, *extra) if part):
        return True
    return not _WORDS.isdisjoint(word.lower() for word in _SPLIT.split(name))


def may_sound_secret(text: str, extra: tuple[str, ...]) -> bool:
    """Return whether there may be a secret name anywhere in a text; quick, and true too often rather than too seldom."""
    return bool(extra) or _HINT.search(text) is not None


def carries(names: tuple[str, ...]) -> bool:
    """Return whether one of the names is a column that is as secret as its table."""
    return not _CARRIERS.isdisjoint(names)


def name_as_value(value: Any, extra: tuple[str, ...]) -> str:
    """Return the name that a value is and that may sound secret, such as the key of a JSON field; "" where it is none."""
    if type(value) is Cut:
        value = value.head
    if issubclass(type(value), (list, tuple)) and value:
        value = value[-1]  # a path into JSON
    text = plain(value, 121) if issubclass(type(value), str) else ""
    return text if may_sound_secret(text, extra) and _NAME_AS_VALUE.fullmatch(text) else ""


def tells(value: Any, sensitive: Callable[[str], bool], depth: int = _NESTED) -> bool:
    """Return whether a value has a field of a sensitive name: JSON as text, or a dict that a driver turns into it."""
    kind = type(value)
    if kind is Cut:
        return tells(value.head, sensitive, depth)
    if issubclass(kind, (bytes, bytearray)):
        value, kind = bytes(value[:2_000]).decode("utf-8", "replace"), str
    if issubclass(kind, str):
        return (
            value[:1] in _BEGINS_JSON
            and value.lstrip()[:1] in {"{", "["}
            and any(map(sensitive, _JSON_KEY.findall(value[:20_000])))
        )
    if depth <= 0:
        return False
    if issubclass(kind, Mapping):
        return any(
            sensitive(str(key)) or tells(item, sensitive, depth - 1)
            for key, item in list(dict.items(value) if issubclass(kind, dict) else ())[:_MEMBERS]
        )
    if issubclass(kind, (list, tuple)):
        return any(tells(item, sensitive, depth - 1) for item in value[:_MEMBERS])
    if kind.__module__.partition(".")[0] in {"psycopg", "psycopg2"} and hasattr(value, "obj"):
        return tells(value.obj, sensitive, depth)
    return False
