"""Each way in which a cursor sends a statement is recorded, also where it fails, as the database counts them.

What the comments after the lines mean is said in test_everything.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from demo.catalog.models import Country
from tests.capture.ways import Ways, check_recorded
from tests.conftest import Recording

pytestmark = pytest.mark.usefixtures("shelf")
executing, calling, failing = Ways(), Ways(), Ways()
FIND = "SELECT name FROM catalog_country WHERE code = %s"
ADD = "INSERT INTO catalog_country (code, name) VALUES (%s, %s)"


@executing
def execute() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FIND, ["de"])  #: select rows=1
        assert cursor.fetchone() == ("Germany",)
        cursor.execute(FIND, ("de",))  #: select rows=1
        cursor.execute(FIND.replace("%s", "%(code)s"), {"code": "no"})  #: select rows=1
        assert list(cursor.fetchall()) == [("Norway",)]
        cursor.execute("SELECT 'it''s', 100 %% 7 WHERE 1 = %s", [1])  #: select rows=1
        cursor.execute("SELECT '100%'")  #: select rows=1
        cursor.execute("  -- why\n  select 1")  #: select rows=1
    cursor = connection.cursor()
    cursor.execute(ADD, ["se", "Sweden"])  #: insert rows=1
    cursor.execute("UPDATE catalog_country SET name = name")  #: update rows=3
    cursor.execute("DELETE FROM catalog_author")  #: delete rows=3
    cursor.close()


@executing
def batches() -> None:
    with connection.cursor() as cursor:
        cursor.executemany(ADD, [("se", "Sweden"), ("fi", "Finland")])  #: insert batch=2 rows=2
        cursor.executemany(ADD, (("is", "Iceland"),))  #: insert batch=1 rows=1
        rename, forget = "UPDATE catalog_country SET name = %s WHERE code = %s", f"DELETE {FIND[11:]}"
        cursor.executemany(rename, [("a", "se"), ("b", "fi"), ("c", "xx")])  #: update batch=3 rows=2
        cursor.executemany(forget, [("se",), ("fi",)])  #: delete batch=2 rows=2


@executing
def definitions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE queryscope_way (a integer)")  #: ddl
        cursor.execute("CREATE INDEX queryscope_index ON queryscope_way (a)")  #: ddl
        cursor.execute("INSERT INTO queryscope_way VALUES (1), (2)")  #: insert rows=2
        cursor.execute("DROP TABLE queryscope_way")  #: ddl


@executing
def beside_others() -> None:
    """A wrapper of the application's and Django's own log stand on the same way."""
    sent = []

    def theirs(execute: Any, sql: str, *args: Any) -> Any:
        sent.append(sql)
        return execute(sql, *args)

    with CaptureQueriesContext(connection) as logged, connection.execute_wrapper(theirs):
        assert Country.objects.count() == 2  #: select rows=1
        with connection.cursor() as cursor:
            cursor.executemany(ADD, [("se", "Sweden")])  #: insert batch=1 rows=1
    assert len(sent) == len(logged.captured_queries) == 2


@executing
def in_portions() -> None:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT name FROM catalog_author ORDER BY name")  #: select
        assert list(cursor.fetchmany(2)) == [("Ada",), ("Bob",)]
        assert cursor.fetchone() == ("Cy",)


if connection.vendor == "postgresql":

    @executing
    def composed() -> None:
        from psycopg import sql

        names = sql.SQL("SELECT {} FROM catalog_country").format(sql.Identifier("name"))
        with connection.cursor() as cursor:
            cursor.execute(names)  #: select rows=2
            cursor.execute(b"SELECT name FROM catalog_country")  #: select rows=2
            cursor.execute("SELECT 1; SELECT 2")  #: select


@calling
def procedure() -> None:
    with connection.cursor() as cursor:
        cursor.callproc("queryscope_add", [2, 3])  #: call
        assert list(cursor.fetchall()) == [(5,)]


@failing
def constraints() -> None:
    with pytest.raises(IntegrityError):
        Country.objects.create(code="de", name="again")  #: insert error=1
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic():
            Country.objects.filter(code="no").update(code="de")  #: update error=1
        assert Country.objects.count() == 2  #: select rows=1


@failing
def batch() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(ADD, [("de", "Germany")])  #: insert batch=1 error=1


@failing
def refused() -> None:
    """By the database while it reads the statement, and by the driver before it sends one."""
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT a FROM queryscope_nowhere")  #: select error=1
    with pytest.raises((TypeError, DatabaseError)), connection.cursor() as cursor:
        cursor.execute(FIND, [])  #: select error=1
    assert Country.objects.count() == 2  #: select rows=1


if connection.vendor != "sqlite":

    @failing
    def too_long() -> None:
        with pytest.raises(DataError):
            Country.objects.create(code="toolong", name="x")  #: insert error=1


@executing.test
def test_cursors(send: Any, recording: Recording) -> None:
    """Whatever a cursor is given, one statement or a batch."""
    check_recorded(send, recording)


@failing.test
def test_failures(send: Any, recording: Recording) -> None:
    """A statement that fails is recorded with its error; the exception goes on."""
    check_recorded(send, recording)


@pytest.fixture
def stored(recording: Recording) -> Iterator[None]:
    """A routine of the database under test."""
    made = {
        "postgresql": "FUNCTION queryscope_add(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b'",
        "mysql": "PROCEDURE queryscope_add(IN a INT, IN b INT) SELECT a + b",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE {made}")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP {made.split('(')[0]}")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no stored procedures")
@pytest.mark.usefixtures("stored")
@calling.test
def test_procedures(send: Any, recording: Recording) -> None:
    """``callproc``, which Django sends round the execute wrappers."""
    check_recorded(send, recording)
