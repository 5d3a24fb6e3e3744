"""What the database itself says it was sent, statement by statement, on every connection that Django has or opens.

SQLite calls back for each statement that it starts. PostgreSQL writes each one into its log, and hands the lines of that
log to the session that asks for them. MariaDB writes its general log into a table, by connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

from django.db import connection, connections
from django.db.backends.signals import connection_created


class Seen(NamedTuple):
    """One statement as it reached the database; ``connecting`` where the backend was opening the connection."""

    text: str
    alias: str
    connecting: bool


class Witness:
    """Used as a context: ``seen`` holds what was sent inside it, by whichever thread."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._opening: set[int] = set()
        self._undo: list[Callable[[], Any]] = []

    def __enter__(self) -> Self:
        witness, backend = self, type(connection._connections[connection._alias])  # type: ignore[attr-defined]
        new = backend.get_new_connection

        def watched(wrapper: Any, params: dict[str, Any]) -> Any:
            if getattr(wrapper, "queryscope_own", False):
                return new(wrapper, params)
            witness._opening.add(id(wrapper))
            raw = new(wrapper, witness.params(wrapper, params))
            witness.attach(wrapper, raw)
            return raw

        def created(*, connection: Any, **_: Any) -> None:
            if id(connection) in witness._opening:
                witness.connected(connection)
                witness._opening.discard(id(connection))

        backend.get_new_connection = watched  # type: ignore[method-assign]
        connection_created.connect(created)
        self._undo += [
            lambda: setattr(backend, "get_new_connection", new),
            lambda: connection_created.disconnect(created),
        ]
        for wrapper in connections.all(initialized_only=True):
            if wrapper.connection is not None:
                self.ask(wrapper.connection)
                self.attach(wrapper, wrapper.connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for undo in reversed(self._undo):
            undo()

    def note(self, wrapper: Any, text: str) -> None:
        """Take a statement as its connection tells it."""
        self.seen.append(Seen(text.strip(), wrapper.alias, id(wrapper) in self._opening))

    def params(self, wrapper: Any, params: dict[str, Any]) -> dict[str, Any]:
        """Return what to connect with, so that a new connection tells from its first statement on."""
        return params

    def ask(self, raw: Any) -> None:
        """Have a connection tell that is open already."""

    def attach(self, wrapper: Any, raw: Any) -> None:
        """Listen to a connection of the driver's."""

    def connected(self, wrapper: Any) -> None:
        """Take notice that a connection has been set up."""


class SQLiteWitness(Witness):
    """``sqlite3_trace``: called with the expanded text when a statement starts."""

    def params(self, wrapper: Any, params: dict[str, Any]) -> dict[str, Any]:
        def factory(*args: Any, **options: Any) -> sqlite3.Connection:
            raw = sqlite3.Connection(*args, **options)
            self.attach(wrapper, raw)
            return raw

        return params | {"factory": factory}

    def attach(self, wrapper: Any, raw: Any) -> None:
        raw.set_trace_callback(lambda text: self.note(wrapper, text))
        self._undo.append(lambda: _quietly(raw.set_trace_callback, None))


class PostgreSQLWitness(Witness):
    """The lines of ``log_statement = 'all'``, which ``client_min_messages = log`` sends to the client too."""

    _ASKED = {"client_min_messages": "log", "log_statement": "all"}

    def params(self, wrapper: Any, params: dict[str, Any]) -> dict[str, Any]:
        return params | {"options": " ".join(f"-c {name}={value}" for name, value in self._ASKED.items())}

    def ask(self, raw: Any) -> None:
        for name, value in self._ASKED.items():
            raw.execute(f"SET {name} = '{value}'")
            self._undo.append(lambda name=name: _quietly(raw.execute, f"RESET {name}"))

    def attach(self, wrapper: Any, raw: Any) -> None:
        def told(notice: Any) -> None:
            if notice.severity_nonlocalized == "LOG":
                head, _, text = notice.message_primary.partition(": ")
                assert head == "statement" or head.startswith("execute "), notice.message_primary
                self.note(wrapper, text)

        raw.add_notice_handler(told)
        self._undo.append(lambda: raw.remove_notice_handler(told))


class MariaDBWitness(Witness):
    """The general log in its table. It is the whole server's: who wants it waits for whoever has it."""

    def __enter__(self) -> Self:
        import MySQLdb

        params = connection.get_connection_params()
        self._own = MySQLdb.connect(
            **{key: params[key] for key in ("host", "port", "user", "password") if key in params}
        )
        self._undo.append(self._own.close)
        self._read("SELECT GET_LOCK('queryscope.general_log', 60)")
        (before,) = self._read("SELECT @@global.log_output, @@global.general_log")
        self._undo.append(
            lambda: self._read(f"SET GLOBAL log_output = '{before[0]}', general_log = {before[1]}")
        )
        self._read("SET GLOBAL log_output = 'TABLE', general_log = 1")
        ((self._since,),) = self._read("SELECT NOW(6)")
        self._aliases: dict[int, str] = {}
        self._set_up: dict[int, int] = {}
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        count = dict.fromkeys(self._aliases, 0)
        for thread, text in self._rows(*self._aliases):
            count[thread] += 1
            opening = count[thread] <= self._set_up.get(thread, 0)
            self.seen.append(Seen(text.strip(), self._aliases[thread], opening))
        super().__exit__(*error)

    def attach(self, wrapper: Any, raw: Any) -> None:
        self._aliases[raw.thread_id()] = wrapper.alias

    def connected(self, wrapper: Any) -> None:
        thread = wrapper.connection.thread_id()
        self._set_up[thread] = len(self._rows(thread))

    def _rows(self, *threads: int) -> list[tuple[int, str]]:
        some = ",".join(map(str, threads)) or "0"
        return self._read(
            "SELECT thread_id, CONVERT(argument USING utf8mb4) FROM mysql.general_log "
            f"WHERE command_type = 'Query' AND event_time >= '{self._since}' AND thread_id IN ({some})"
        )

    def _read(self, sql: str) -> list[Any]:
        cursor = self._own.cursor()
        cursor.execute(sql)
        return list(cursor.fetchall())


def witness() -> Witness:
    """Return the witness for the database under test."""
    kinds = {"sqlite": SQLiteWitness, "postgresql": PostgreSQLWitness, "mysql": MariaDBWitness}
    return kinds[connection.vendor]()


def _quietly(call: Callable[..., Any], *args: Any) -> None:
    """Undo something on a connection that the test may have closed or left in a failed transaction."""
    try:
        call(*args)
    except Exception as error:
        assert "closed" in str(error) or "thread" in str(error), error
