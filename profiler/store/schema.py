"""The tables of the store, made and lifted by version number under a lock; a store of a newer version is refused.

One dialect serves SQLite and PostgreSQL: SQLite takes any type name, and stores bytes as bytes whatever it is called.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from queryscope.profiler.errors import StoreTooNew
from queryscope.profiler.store.transaction import transaction

# SQLite keeps rows in the order of a key only if its type reads exactly "integer".
KEY_TYPE = {"sqlite": "integer", "postgresql": "bigint"}

FIRST = (
    # One row: the number of the newest trace, and since when recording is paused.
    """CREATE TABLE queryscope_control (
        id integer PRIMARY KEY CHECK (id = 1), version integer NOT NULL, last_seq bigint NOT NULL, paused_at text)""",
    "INSERT INTO queryscope_control VALUES (1, 0, 0, NULL)",
    """CREATE TABLE queryscope_trace (
        seq {key} PRIMARY KEY, id text NOT NULL UNIQUE, kind text NOT NULL, name text NOT NULL, method text, path text,
        query_string text NOT NULL, route text, "view" text, status integer, error text, started_at text NOT NULL,
        duration_ms double precision NOT NULL, queries bigint NOT NULL, db_ms double precision NOT NULL, "rows" bigint,
        construct_ms double precision, compile_ms double precision, execute_ms double precision,
        fetch_ms double precision, hydrate_ms double precision, patterns bigint NOT NULL, repeats bigint NOT NULL,
        writes bigint NOT NULL, truncated_spans bigint NOT NULL, response_bytes bigint,
        capture_ms double precision NOT NULL, bytes bigint NOT NULL, pid bigint NOT NULL, host text NOT NULL,
        session text, "commit" text, pinned bool NOT NULL)""",
    'CREATE INDEX queryscope_trace_view ON queryscope_trace ("view", seq)',
    # Beside the summaries, not in their rows: reading a page of the log must not read the reports.
    """CREATE TABLE queryscope_report (
        seq {key} PRIMARY KEY REFERENCES queryscope_trace ON DELETE CASCADE, body bytea NOT NULL)""",
    """CREATE TABLE queryscope_fingerprint (
        fingerprint text NOT NULL, seq {key} NOT NULL REFERENCES queryscope_trace ON DELETE CASCADE,
        count bigint NOT NULL, total_ms double precision NOT NULL, "view" text, PRIMARY KEY (seq, fingerprint))""",
    "CREATE INDEX queryscope_fingerprint_traces ON queryscope_fingerprint (fingerprint, seq)",
    """CREATE TABLE queryscope_session (
        id text PRIMARY KEY, name text NOT NULL, started_at text NOT NULL, ended_at text, body bytea)""",
    """CREATE TABLE queryscope_problem (
        identity text PRIMARY KEY, rule text NOT NULL, state text NOT NULL, first_seen text NOT NULL,
        last_seen text NOT NULL, count bigint NOT NULL, body bytea)""",
    """CREATE TABLE queryscope_verification (
        id text PRIMARY KEY, seq {key} NOT NULL REFERENCES queryscope_trace ON DELETE CASCADE, finding text NOT NULL,
        verdict text NOT NULL, created_at text NOT NULL, body bytea)""",
    "CREATE INDEX queryscope_verification_trace ON queryscope_verification (seq)",
    """CREATE TABLE queryscope_job (
        id text PRIMARY KEY, kind text NOT NULL, state text NOT NULL, created_at text NOT NULL, started_at text,
        ended_at text, body bytea)""",
)

SECOND = (
    # What was found, as the list shows it: a JSON array of rule, severity and count, empty where nothing was found.
    "ALTER TABLE queryscope_trace ADD COLUMN findings text NOT NULL DEFAULT ''",
    # Nothing has ever been written to it.
    "DROP TABLE queryscope_problem",
    # The state is kept beside the reason for ignoring it: it goes on while nobody looks.
    """CREATE TABLE queryscope_problem (
        identity text PRIMARY KEY, rule text NOT NULL, state text NOT NULL, severity text NOT NULL, title text NOT NULL,
        first_seen text NOT NULL, last_seen text NOT NULL, count bigint NOT NULL, total_ms double precision NOT NULL,
        worst_ms double precision NOT NULL, worst_trace text NOT NULL, last_trace text NOT NULL, "views" text NOT NULL,
        finding bytea NOT NULL, reason text, ignored_at text, first_commit text, last_commit text, fixed_trace text)""",
    "CREATE INDEX queryscope_problem_cost ON queryscope_problem (total_ms)",
    # Where a problem was found last: clean counts the traces of the same place in a row that were without it.
    """CREATE TABLE queryscope_problem_place (
        place text NOT NULL, identity text NOT NULL REFERENCES queryscope_problem ON DELETE CASCADE,
        seq {key} NOT NULL, redirect bool NOT NULL, clean bigint NOT NULL, PRIMARY KEY (place, identity))""",
    "CREATE INDEX queryscope_problem_place_of ON queryscope_problem_place (identity)",
    """CREATE TABLE queryscope_problem_trace (
        seq {key} NOT NULL REFERENCES queryscope_trace ON DELETE CASCADE, identity text NOT NULL,
        cost_ms double precision NOT NULL, PRIMARY KEY (seq, identity))""",
    "CREATE INDEX queryscope_problem_trace_of ON queryscope_problem_trace (identity, seq)",
)

THIRD = (
    "ALTER TABLE queryscope_trace ADD COLUMN cold bool",
    # What the trace that had a problem could not see, as words: one that sees less does not tell that it is gone.
    "ALTER TABLE queryscope_problem_place ADD COLUMN unseen text NOT NULL DEFAULT ''",
)

STEPS = (FIRST, SECOND, THIRD)
"""``STEPS[n]`` lifts a store from version ``n`` to ``n + 1``; a step that was released is never edited."""
VERSION = len(STEPS)

_LOCK = 0x7175657279  # "query": the number under which PostgreSQL knows our advisory lock


def version(connection: BaseDatabaseWrapper) -> int:
    """Return the version of the store behind the connection, 0 where there is none yet."""
    with connection.cursor() as cursor:
        if "queryscope_control" not in connection.introspection.table_names(cursor):
            return 0
        cursor.execute("SELECT version FROM queryscope_control")
        return int(cursor.fetchone()[0])


def upgrade(connection: BaseDatabaseWrapper, location: str) -> None:
    """Make the store current, whatever version it has; several processes may do so at once.

    Raises StoreTooNew where a newer queryscope wrote it.
    """
    if _is_current(connection, location):
        return
    with transaction(connection) as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Another process may have been faster while this one waited for the lock.
        if _is_current(connection, location):
            return
        for step in STEPS[version(connection) :]:
            for statement in step:
                cursor.execute(statement.format(key=KEY_TYPE[connection.vendor]))
        cursor.execute("UPDATE queryscope_control SET version = %s", [VERSION])


def _is_current(connection: BaseDatabaseWrapper, location: str) -> bool:
    found = version(connection)
    if found > VERSION:
        raise StoreTooNew(
            f"The store {location} has version {found}, this queryscope reads up to {VERSION}: upgrade"
            " django-queryscope, or set QUERYSCOPE['STORE'] to another place."
        )
    return found == VERSION
