"""A function that takes its time inside the database, as an expression of Django's and for SQL by hand."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models import Func, IntegerField


class Slow(Func):
    """Takes seconds for each row, and is 0: what a distance, a similarity or a count of everything takes in real life."""

    function = "slow"
    arity = 1
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="length(pg_sleep(%(expressions)s)::text)", **context
        )

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="SLEEP", **context)


def slow_sql(seconds: float) -> str:
    """Return the same as SQL of the database at hand."""
    written = {"sqlite": "slow(%s)", "postgresql": "length(pg_sleep(%s)::text)", "mysql": "SLEEP(%s)"}
    return written[connection.vendor] % seconds


def _sleep(seconds: float) -> int:
    time.sleep(seconds)
    return 0


def _teach(connection: Any, **_: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("slow", 1, _sleep)


connection_created.connect(_teach, dispatch_uid="corpus-slow")
if connection.connection is not None:
    _teach(connection)
