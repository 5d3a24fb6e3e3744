"""No value of a secret column is shown, whatever the statement looks like; harmless ones stay readable."""

from __future__ import annotations

import gc
from time import thread_time
from typing import Any

import pytest

from queryscope.profiler.capture.bound import bind
from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.values import keep
from queryscope.profiler.config import Config
from queryscope.profiler.sql.statement import CACHED_CHARS, analyse

SECRET = "hunter2"


def shown(sql: str, params: Any = (), vendor: str = "", mode: Any = "sensitive") -> str:
    """Return everything that is shown of a statement."""
    redaction = Redaction(Config(parameters=mode))
    bound = bind(keep(params, False, 100, 1_000), sql, analyse(sql, vendor), redaction, 1_000, cut=False)
    return f"{bound.sql} {[parameter.text for parameter in bound.params]}"


@pytest.mark.parametrize(
    ("sql", "vendor"),
    [
        ("UPDATE u SET password = CASE WHEN id = 1 THEN 'hunter2' ELSE 'hunter2' END", ""),
        ("UPDATE u SET token = COALESCE((SELECT x FROM y WHERE id = 1), 'hunter2')", ""),
        ("UPDATE u SET (password, a) = ('hunter2', 'x')", ""),
        ("SELECT * FROM u WHERE (token, id) IN (('hunter2', 1))", ""),
        ("SELECT * FROM u WHERE 'hunter2' IN (password, name)", ""),
        ("SELECT * FROM u WHERE password = salted || 'hunter2'", ""),
        ("SELECT * FROM u WHERE crypt('hunter2', password) = password", ""),
        ("SELECT CASE WHEN id = 1 THEN 'hunter2' END AS password FROM u", ""),
        ("SELECT CASE email WHEN 'hunter2' THEN 1 ELSE 2 END FROM u", ""),
        ("INSERT INTO u (a, password) SELECT 'x', 'y' UNION ALL SELECT 'z', 'hunter2'", ""),
        ("INSERT INTO u (a, password) WITH q AS (SELECT 1) SELECT 'x', 'hunter2' FROM q", ""),
        ("WITH q AS (INSERT INTO u (a, password) VALUES ('x', 'hunter2') RETURNING a) SELECT * FROM q", ""),
        ("INSERT INTO u (a) VALUES ('x'); INSERT INTO v (b, password) VALUES ('x', 'hunter2')", ""),
        ("INSERT INTO u VALUES (1, 'hunter2')", ""),
        ("INSERT INTO u (a) VALUES ('x') ON CONFLICT (a) DO UPDATE SET password = 'hunter2'", ""),
        ("UPDATE u SET password = x.p FROM (VALUES (1, 'hunter2')) AS x(id, p) WHERE u.id = x.id", ""),
        ("SELECT * FROM u WHERE data ->> 'password' = 'hunter2'", "postgresql"),
        ('SELECT * FROM u WHERE data @> \'{"password": "hunter2"}\'', "postgresql"),
        ("SELECT * FROM u WHERE token = ANY(ARRAY['x', 'hunter2'])", "postgresql"),
        ("SELECT set_config('app.jwt', 'hunter2', false)", "postgresql"),
        ("INSERT INTO settings (name, value) VALUES ('smtp_password', 'hunter2')", ""),
        ('SELECT * FROM "authtoken_token" WHERE "authtoken_token"."key" = \'hunter2\'', ""),
        ('INSERT INTO "authtoken_token" ("key", "user_id") VALUES (\'hunter2\', 1)', ""),
        ("SELECT * FROM u WHERE password = TEXT 'hunter2'", ""),
        ("SELECT * FROM u WHERE password = _utf8'hunter2'", "mysql"),
        ("CREATE USER bob IDENTIFIED BY 'hunter2'", "mysql"),
        ("UPDATE u SET a = PASSWORD('hunter2')", "mysql"),
        ('SELECT * FROM u WHERE password = "hunter2"', "sqlite"),
        ("SELECT 1 /* password=hunter2 */", ""),
        ("SELECT 1 -- Authorization: Bearer hunter2", ""),
    ],
)
def test_a_literal_in_the_text_is_hidden(sql: str, vendor: str) -> None:
    """Wherever the statement puts it."""
    assert SECRET not in shown(sql, vendor=vendor)
    assert SECRET not in shown(sql, vendor=vendor, mode="masked")
    assert shown(sql, vendor=vendor, mode="full") == f"{sql} []"


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ('UPDATE "u" SET "password" = CASE WHEN ("u"."id" = %s) THEN %s ELSE NULL END', (1, SECRET)),
        ('UPDATE "u" SET "password" = (CASE WHEN ("id" = %s) THEN %s END)::varchar(128)', (1, SECRET)),
        ("SELECT 1 FROM u WHERE JSON_EXTRACT(data, %s) = JSON_EXTRACT(%s, '$')", ('$."password"', SECRET)),
        ("SELECT 1 FROM u WHERE (data #> %s) = %s", (["a", "password"], SECRET)),
        ("INSERT INTO u (data) VALUES (%s)", ('{"a": 1, "api_key": "hunter2"}',)),
        ("INSERT INTO u (data) VALUES (%s)", (b'{"a": 1, "api_key": "hunter2"}',)),
        ("INSERT INTO u (data) VALUES (%s)", ({"a": [{"apiKey": "hunter2"}]},)),
        ("INSERT INTO cache (k, value) VALUES (%s, %s)", (":1:django.contrib.sessions.cachex", SECRET)),
        ("SELECT '%s' FROM u WHERE password = %s AND id = %s", ("x", SECRET, 1)),
        ("SELECT 1 FROM u WHERE password = %(p)s", {"p": SECRET}),
        ("SELECT '%(p)s'", {"p": SECRET}),
        ("SELECT 1 FROM u WHERE x = %(user_token)s", {"user_token": SECRET}),
    ],
)
def test_a_parameter_is_hidden(sql: str, params: Any) -> None:
    """By the column it belongs to, by the key beside it, or by what it holds."""
    assert SECRET not in shown(sql, params)
    assert SECRET.encode().hex() not in shown(sql, params)
    assert SECRET in shown(sql, params, mode="full") or SECRET.encode().hex() in shown(
        sql, params, mode="full"
    )


@pytest.mark.parametrize(
    "name",
    ["author", "pinned", "spinner", "assignment", "compass", "passenger", "keyboard", "mailing_id", "code"],
)
def test_a_harmless_column_stays_readable(name: str) -> None:
    """A secret word is looked for as a word, not as any letters."""
    assert "'visible'" in shown(f"SELECT 1 FROM t WHERE {name} = %s", ("visible",))


def test_values_beside_a_secret_column_stay_readable() -> None:
    """Masking reaches as far as the expression, no further."""
    text = shown("SELECT 1 FROM u WHERE a = 'first' AND password = 'hunter2' AND b = 'second' LIMIT 21")
    assert "first" in text
    assert "second" in text
    assert "21" in text


@pytest.mark.parametrize(
    ("piece", "vendor"),
    [
        ("1 + a + ", ""),
        ("(", ""),
        ("[a", "sqlite"),
        ("$a$b", "postgresql"),
        ("''", "mysql"),
        ("CASE WHEN a THEN 1 ", ""),
        ("VALUES (1, ", ""),
        ("a.b = 'x', ", ""),
    ],
)
def test_a_hostile_text_takes_time_in_proportion(piece: str, vendor: str) -> None:
    """Four times the text takes about four times as long, not sixteen times."""

    def seconds(length: int) -> float:
        sql = "SELECT '" + (piece * length)[:length] if piece == "''" else (piece * length)[:length]
        gc.disable()  # else the test run's own objects are gone through, the more often the longer the text
        try:
            start = thread_time()
            analyse(sql + "\\", vendor)
            return thread_time() - start
        finally:
            gc.enable()

    assert CACHED_CHARS < 21_000
    # The least of some: whatever else happens in this process takes time too.
    assert min(seconds(84_000) for _ in range(3)) < 9 * seconds(21_000) + 0.05
