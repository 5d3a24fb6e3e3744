"""What a client sent is shown without its secrets, also where the body was cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from queryscope.profiler.capture import json_body
from queryscope.profiler.capture.payload import Payload
from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.config import Config

SECRET = "hunter2"


def payload(mode: Any = "sensitive") -> Payload:
    return Payload(Redaction(Config(parameters=mode)))


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "x", "password": "hunter2"}',
        '{"password" : "hunt\\"er2 hunter2", "name": "x"}',
        '{"pass\\u0077ord": "hunter2"}',
        '{"password": {"value": "hunter2", "list": ["hunter2"]}, "name": "x"}',
        '{"tokens": ["a", "hunter2"], "name": "x"}',
        '[{"a": {"apiKey": 1, "secret": ["hunter2"]}}]',
        '{"name": "x", "password": "hunter2',
        '{"name": "x", "password": ["hunter2',
        '{"query": "mutation { login(password: \\"hunter2\\") }"}',
        '{"inner": "{\\"password\\": \\"hunter2\\"}"}',
        '{"a": 1}\n{"password": "hunter2"}\n',
    ],
)
def test_json_is_hidden_by_its_keys(text: str) -> None:
    """Nested, escaped, cut off or inside another text."""
    masked = payload()
    shown = json_body.mask(text, masked)
    assert SECRET not in shown
    assert masked.masked
    assert SECRET not in json_body.mask(text, payload("masked"))
    assert json_body.mask(text, payload("full")) == text


def test_json_without_secrets_is_unchanged() -> None:
    """Byte for byte, white space too; hidden values leave valid JSON around them."""
    text = ' { "a" : [1, 2.5, null, true, {"b": "c\\u00e9"}],\n"d":"" } '
    assert json_body.mask(text, payload()) == text
    shown = json.loads(json_body.mask('{"a": [1, {"token": {"x": [2]}}], "b": 3}', payload()))
    assert shown["b"] == 3
    assert shown["a"][1]["token"].startswith("‹")


def test_everything_is_hidden_where_it_is_asked_for() -> None:
    """Also what has no key, and addresses whose token is their name."""
    assert SECRET not in json_body.mask('["hunter2", {"a": ["hunter2"]}]', payload("masked"))
    # Long enough that no pseudonym holds it by chance.
    assert "1729384756" not in json_body.mask('{"a": 1729384756}', payload("masked"))
    assert payload("masked").pairs("hunter2") != "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "user[password]=hunter2",
        "pass%77ord=hunter2&a=1",
        "a=1&profile.apiKey=hunter2",
        'data={"password":+"hunter2"}',
        "next=%2Freset%3Ftoken%3Dhunter2",
    ],
)
def test_forms_are_hidden_by_their_names(text: str) -> None:
    """However the name is written, and where one value holds another form."""
    assert SECRET not in payload().pairs(text)
    assert payload().pairs("page=2&q=books&empty=&flag") == "page=2&q=books&empty=&flag"


@pytest.mark.parametrize(
    "text", ['"' * 20_000, '{"a":' * 5_000, '"a\\' * 7_000, "[" * 20_000, '"' + "\\" * 20_000]
)
def test_hostile_json_ends(text: str) -> None:
    """Whatever the text is, it is gone through once."""
    assert isinstance(json_body.mask(text, payload()), str)
