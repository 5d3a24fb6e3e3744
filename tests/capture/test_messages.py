"""Messages of databases and applications are shown without the values they quote."""

from __future__ import annotations

import pytest

from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.config import Config

SECRET = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "IntegrityError: duplicate key\nDETAIL:  Key (lower(email::text))=(hunter2) already exists.",
        "IntegrityError: duplicate key\nDETAIL:  Key (token)=(a) b.hunter2) already exists.",
        "IntegrityError: doppelt\nDETAIL:  Schlüssel »(email)=(hunter2)« existiert bereits.",
        "IntegrityError: duplicate key\nDETAIL:  Key (token)=(hunter2",
        'IntegrityError: null value in column "a"\nDETAIL:  Failing row contains (1, null, hunter2, x).',
        "IntegrityError: NULL-Wert\nDETAIL:  Fehlgeschlagene Zeile enthält (1, null, hunter2).",
        'ProgrammingError: syntax error at or near "x"\nLINE 1: SELECT hunter2 x\n               ^',
        "IntegrityError: (1062, \"Duplicate entry 'hunter2' for key 'auth_user_email_uniq'\")",
        "IntegrityError: (1062, \"Duplicate entry 'it's-hunter2' for key 'users.token'\")",
        "DataError: (1366, \"Incorrect integer value: 'hunter2' for column `db`.`t`.`pin` at row 1\")",
        "ValueError: bad password=hunter2",
        "ValueError: {'password': ['hunter2']}",
        "ValueError: Authorization: Bearer hunter2",
        "ValueError: no such user anna.hunter2@example.com",
    ],
)
def test_what_a_message_quotes_is_hidden(text: str) -> None:
    """By the column, the constraint or the name that stands beside it; in any language."""
    assert SECRET not in str(Redaction(Config(parameters="sensitive")).error(text, ()))
    assert SECRET not in str(Redaction(Config(parameters="masked")).error(text, ()))
    assert Redaction(Config(parameters="full")).error(text, ()) == text


@pytest.mark.parametrize("written", ["it's hunter2", "it''s hunter2", "it\\'s hunter2"])
def test_a_hidden_value_is_found_as_a_driver_writes_it(written: str) -> None:
    """Quotes may be doubled or escaped."""
    shown = Redaction(Config(parameters="sensitive")).error(
        f"DataError: near {written} at 1", ["it's hunter2"]
    )
    assert SECRET not in str(shown)


@pytest.mark.parametrize(
    "text",
    [
        "IntegrityError: UNIQUE constraint failed: auth_user.username",
        'ProgrammingError: column "users.token" does not exist',
        "AuthenticationFailed: Invalid token.",
        "TokenError: expired",
        "IntegrityError: (1062, \"Duplicate entry '7' for key 'PRIMARY'\")",
        'IntegrityError: duplicate key value violates unique constraint "u_pkey"\nDETAIL:  Key (id)=(7) already exists.',
    ],
)
def test_a_harmless_message_is_unchanged(text: str) -> None:
    """What helps to find the mistake stays."""
    assert Redaction(Config(parameters="sensitive")).error(text, ()) == text


def test_masked_messages_quote_nothing_but_names() -> None:
    """With every value hidden, only names of tables, columns and constraints stay in quotes."""
    shown = Redaction(Config(parameters="masked")).error(
        'DataError: invalid input syntax for type integer: "abc" in column "age"', ()
    )
    assert "abc" not in str(shown)
    assert '"age"' in str(shown)
