"""What a pass over the tokens tells of a statement."""

from __future__ import annotations

import pytest

from queryscope.profiler.sql import statement
from queryscope.profiler.sql.statement import analyse
from queryscope.profiler.sql.tokens import tokens


@pytest.mark.parametrize(
    ("sql", "kind", "tables"),
    [
        ('SELECT "b"."id" FROM "catalog_book" "b"', "select", ("catalog_book",)),
        ("SELECT * FROM `a` LEFT OUTER JOIN `b` ON (`a`.`id` = `b`.`a_id`)", "select", ("a", "b")),
        ("SELECT [a].[x] FROM [dbo].[a]", "select", ("dbo.a",)),
        ('SELECT 1 FROM "shop"."book"', "select", ("shop.book",)),
        ("SELECT * FROM a, b c WHERE x = 1", "select", ("a", "b")),
        ('SELECT EXTRACT(YEAR FROM "b"."d") FROM b', "select", ("b",)),
        ("SELECT COUNT(*) FROM (SELECT x FROM t LIMIT 3) subquery", "select", ("t",)),
        ("SELECT * FROM b WHERE id IN (SELECT id FROM u) FOR UPDATE OF b", "select", ("b", "u")),
        ("WITH q AS (SELECT 1 FROM a) SELECT * FROM q JOIN z ON 1=1", "select", ("a", "z")),
        ("WITH q AS (DELETE FROM a RETURNING *) SELECT * FROM q", "delete", ("a",)),
        ("(SELECT 1 FROM a) UNION (SELECT 2 FROM b)", "select", ("a", "b")),
        ('INSERT INTO "t" ("a") VALUES (%s) RETURNING "t"."id"', "insert", ("t",)),
        ("INSERT INTO t (a) VALUES (%s) ON CONFLICT (a) DO UPDATE SET a = %s", "insert", ("t",)),
        ('UPDATE "t" SET "a" = %s', "update", ("t",)),
        ("DELETE FROM t WHERE a = 1", "delete", ("t",)),
        ('CREATE TABLE IF NOT EXISTS "t" (id int)', "ddl", ("t",)),
        ('SAVEPOINT "s139_x1"', "transaction", ()),
        ("BEGIN", "transaction", ()),
        ("CALL refresh(1)", "call", ()),
        ("PRAGMA foreign_keys = ON", "other", ()),
        ("-- note\n /* more */ select 1", "select", ()),
        ("", "other", ()),
    ],
)
def test_kind_and_tables(sql: str, kind: str, tables: tuple[str, ...]) -> None:
    """The verb decides the kind; FROM, JOIN, INTO and UPDATE name the tables."""
    analysis = analyse(sql)
    assert (analysis.kind, analysis.tables) == (kind, tables)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 1 WHERE a IN (%s)", "select  1\nwhere a in (%s, %s, %s) -- note"),
        ("INSERT INTO t (a, b) VALUES (%s, %s)", "INSERT INTO t (a, b) VALUES (%s, %s), (%s, %s), (%s, %s)"),
        ("SELECT x FROM t WHERE y = 'a' AND z = 1", "SELECT x FROM t WHERE y = 'it''s' AND z = 22.5"),
        ('SAVEPOINT "s1_x1"', 'SAVEPOINT "s2_x9"'),
        ('ROLLBACK TO SAVEPOINT "s1_x1"', 'ROLLBACK TO SAVEPOINT "s2_x9"'),
        ("SELECT 1 /*controller='a'*/", "SELECT 2"),
    ],
)
def test_same_query_has_the_same_fingerprint(one: str, other: str) -> None:
    """Literals, list lengths, white space and comments do not make another query."""
    assert analyse(one).fingerprint == analyse(other).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t", "SELECT b FROM t"),
        ('SELECT "A" FROM t', 'SELECT "a" FROM t'),
        ("SAVEPOINT a", "RELEASE SAVEPOINT a"),
        ("SELECT a FROM t WHERE b = %s", "SELECT a FROM t WHERE b IS NULL"),
    ],
)
def test_another_query_has_another_fingerprint(one: str, other: str) -> None:
    """A column, a quoted name's case or a condition makes another query."""
    assert analyse(one).fingerprint != analyse(other).fingerprint


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ('SELECT 1 WHERE "u"."email" = %s', [("email",)]),
        ("SELECT 1 WHERE UPPER(u.email::text) LIKE UPPER(%s)", [("email",)]),
        ("SELECT 1 WHERE %s = u.email", [("u", "email")]),
        ("SELECT 1 WHERE a IN (%s, %s) AND b BETWEEN %s AND 9", [("a",), ("a",), ("b",), ("b",)]),
        ("INSERT INTO t (name, token) VALUES (%s, %s), (%s, %s)", [("name",), ("token",)] * 2),
        ("UPDATE t SET secret = %s WHERE id = %s", [("secret",), ("id",)]),
        ("SELECT 1 WHERE a = %(who)s", [("a", "who")]),
        ("SELECT 1 FROM t WHERE a = %s LIMIT 21", [("a",), ()]),
        ("SELECT 1 WHERE note = 'x' OR 'y' = pin", [("note",), ("pin",)]),
    ],
)
def test_values_know_their_columns(sql: str, names: list[tuple[str, ...]]) -> None:
    """Each placeholder and literal names the columns it may belong to."""
    found = [
        slot.names
        for slot in analyse(sql).slots
        if sql[slot.start : slot.end] != "1" or "SELECT 1" not in sql
    ]
    assert found == names


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql", "mysql"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'it''s', \"a\"\"b\", `c``d`, $tag$x'y$tag$ FROM t -- end",
        "SELECT 'never closed",
        '"never closed',
        "/* never closed",
        "$$",
        "\ud800 lone surrogate \x00",
        "x" * 1000 + "'" * 999,
    ],
)
def test_tokens_join_to_the_same_text(sql: str, vendor: str) -> None:
    """Nothing is lost or changed, whatever the text is."""
    assert "".join(token.text for token in tokens(sql, vendor)) == sql


def test_a_double_quoted_text_is_a_string_for_mysql_only() -> None:
    """MySQL takes "x" as a string, the standard as a name."""
    sql = 'SELECT "x\\"y"'
    assert [token.kind for token in tokens(sql, "mysql")] == ["word", "space", "string"]
    assert "quoted" in [token.kind for token in tokens(sql, "postgresql")]


def test_what_is_remembered_is_bounded_by_its_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of thousands of values weigh much more than their texts."""
    monkeypatch.setattr(statement, "_memory", statement._Memory())
    monkeypatch.setattr(statement, "REMEMBERED_BYTES", 1_000_000)
    one = analyse("SELECT 1")
    assert analyse("SELECT 1") is one
    for count in range(1_000, 1_040):
        analyse(f"SELECT x FROM t WHERE id IN ({'%s, ' * count})")
    assert sum(len(each.slots) for each in statement._memory._known.values()) < 6_000
    assert analyse("SELECT 1") is not one


def test_a_long_text_is_read_with_pauses() -> None:
    """Also one that is short enough to be remembered: it is read in the background of a request."""
    pauses: list[None] = []
    analyse(f"SELECT x FROM pauses WHERE id IN ({'%s, ' * 4_000})", "", lambda: pauses.append(None))
    assert len(pauses) > 40
