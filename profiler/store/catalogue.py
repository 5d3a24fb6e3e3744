"""The problems of a store as people see them: ranked by cost, ignored by its rows or by the project's file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from msgspec.structs import asdict

from queryscope.profiler.errors import IgnoreError, ProblemNotFound
from queryscope.profiler.finding import Finding, Problem, State
from queryscope.profiler.ignored import Ignored, IgnoredFile, needed
from queryscope.profiler.store import problems
from queryscope.profiler.store.connections import Connections
from queryscope.profiler.store.lifecycle import Row
from queryscope.profiler.store.text import storable
from queryscope.profiler.store.transaction import transaction

_DEAREST = "ORDER BY total_ms DESC, identity"


class Catalogue:
    """Reads and marks problems; the base of Store, which has its connections. Every method raises StoreError."""

    def __init__(self, connections: Connections, ignored: IgnoredFile | None) -> None:
        self._connections = connections
        self.ignored = ignored
        """The file of the project's repository, ``None`` where nobody named one."""

    def problems(
        self, states: Collection[State] | None = None, limit: int = 200, rules: Collection[str] = ()
    ) -> tuple[Problem, ...]:
        """Return at most ``limit`` problems of the given states and rules (all where none is given), the dearest first."""
        where, parameters = _chosen(states, rules)
        if self.ignored is None or not self.ignored.entries():
            return tuple(self._problems(f"{where} {_DEAREST} LIMIT %s", *parameters, limit))
        # What the file ignores is known only when the findings have been read.
        where, parameters = _chosen(None, rules)
        found = self._problems(f"{where} {_DEAREST}", *parameters)
        return tuple(islice((each for each in found if states is None or each.state in states), limit))

    def problem(self, identity: str) -> Problem:
        """Return the problem of an identity, or of the first 6 or more characters of one. Raises ProblemNotFound."""
        text = storable(identity.strip().lower())
        enough = len(text) >= 6 and text.isascii() and text.isalnum()
        which = "WHERE identity LIKE %s LIMIT 2" if enough else "WHERE identity = %s"
        found = list(self._problems(which, f"{text}%" if enough else text))
        exact = [problem for problem in found if problem.identity == text]
        if len(found) > 1 and not exact:
            raise ProblemNotFound(f"More than one problem begins with {identity!r}: give more characters.")
        if not found:
            raise ProblemNotFound(
                f"No problem {identity!r} in the store {self._connections.location}."
                " Allowed: an identity, or the first 6 or more characters of one."
            )
        return (exact or found)[0]

    def problems_of(self, findings: Iterable[Finding]) -> dict[str, Problem]:
        """Return the problems that some findings belong to, by identity; those that are gone from the store are missing."""
        identities = sorted({storable(finding.identity) for finding in findings if finding.identity})
        if not identities:
            return {}
        which = f"WHERE identity IN ({', '.join(['%s'] * len(identities))})"
        return {problem.identity: problem for problem in self._problems(which, *identities)}

    def mark_seen(self, identities: Collection[str]) -> None:
        """Note that a person has looked at these problems: what is new or back is then seen."""
        if identities:
            which = f"identity IN ({', '.join(['%s'] * len(identities))})"
            self._change(
                f"UPDATE queryscope_problem SET state = 'seen' WHERE state IN ('new', 'back') AND {which}",
                *map(storable, identities),
            )

    def ignore(self, identity: str, reason: str, keep: bool = False) -> Problem:
        """Ignore a problem from now on and return it; with ``keep`` the reason goes into the project's file.

        Raises IgnoreError where the reason is empty or the file cannot be written, ProblemNotFound.
        """
        reason, problem = needed(reason), self.problem(identity)
        if keep:
            self._file().add(
                Ignored(
                    identity=problem.identity,
                    rule=problem.rule,
                    title=problem.title,
                    reason=reason,
                    date=datetime.now(UTC).date().isoformat(),
                )
            )
        else:
            self._change(
                "UPDATE queryscope_problem SET reason = %s, ignored_at = %s WHERE identity = %s",
                storable(reason),
                datetime.now(UTC).isoformat(),
                problem.identity,
            )
        return self.problem(problem.identity)

    def unignore(self, identity: str) -> Problem:
        """Ignore a problem no longer, in the store and in the project's file, and return it.

        Raises IgnoreError where an entry of the file covers it by a pattern, ProblemNotFound.
        """
        problem = self.problem(identity)
        if problem.kept:
            self._file().remove(problem.identity)
        self._change(
            "UPDATE queryscope_problem SET reason = NULL, ignored_at = NULL WHERE identity = %s",
            problem.identity,
        )
        problem = self.problem(problem.identity)
        if problem.kept:
            raise IgnoreError(
                f"Problem {problem.identity} is still ignored by an entry of {self._file().path} that names no identity:"
                " change or remove that entry by hand."
            )
        return problem

    def stale(self) -> tuple[Ignored, ...]:
        """Return the entries of the project's file that cover no problem of this store any more: it was fixed, or is gone."""
        entries = self.ignored.entries() if self.ignored else ()
        rows = [row for row in self._problem_rows("") if row.state != "fixed"] if entries else []
        return tuple(
            entry
            for entry in entries
            if not any(row.finding is not None and entry.covers(row.finding) for row in rows)
        )

    def _file(self) -> IgnoredFile:
        if self.ignored is None:
            raise IgnoreError(
                "No file of ignored problems is known here; leave out the wish to keep the reason."
            )
        return self.ignored

    def _problems(self, condition: str, *parameters: Any) -> Iterator[Problem]:
        return map(self._seen_by_people, self._problem_rows(condition, *parameters))

    def _problem_rows(self, condition: str, *parameters: Any) -> Iterator[Row]:
        with self._connections.lend() as connection, connection.cursor() as cursor:
            cursor.execute(problems.select(condition), parameters)
            found = cursor.fetchall()
        return map(problems.to_row, found)

    def _seen_by_people(self, row: Row) -> Problem:
        assert row.finding is not None
        kept = self.ignored.reason(row.finding) if self.ignored else None
        values = asdict(row) | {"reason": row.reason or kept, "kept": kept is not None}
        return Problem(**values | ({"state": "ignored"} if values["reason"] else {}))

    def _change(self, statement: str, *parameters: Any) -> None:
        with self._connections.lend() as connection, transaction(connection) as cursor:
            # Takes the turn of an appending process: it writes a state that it read before.
            cursor.execute("UPDATE queryscope_control SET last_seq = last_seq")
            cursor.execute(statement, parameters)


def _chosen(states: Collection[State] | None, rules: Collection[str]) -> tuple[str, list[str]]:
    """Return the condition, with its parameters, for rows of these states (all where ``None``) and rules (all where empty)."""
    conditions: list[str] = []
    parameters: list[str] = []
    if states is not None:
        running = sorted({str(state) for state in states} - {"ignored"})
        either = ["reason IS NOT NULL"] if "ignored" in states else []
        if running:
            either.append(f"reason IS NULL AND state IN ({', '.join(['%s'] * len(running))})")
        conditions.append(f"({' OR '.join(either) or '1 = 0'})")
        parameters += running
    if rules:
        conditions.append(f"rule IN ({', '.join(['%s'] * len(rules))})")
        parameters += sorted({*rules})
    return f"WHERE {' AND '.join(conditions)}" if conditions else "", parameters
