"""What a closed recorder gives away: events as they were caught, nothing resolved; clocks in nanoseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from queryscope.profiler.capture.evaluation import Evaluation
from queryscope.profiler.capture.raw_stack import RawStack
from queryscope.profiler.capture.values import Kept
from queryscope.profiler.config import Config
from queryscope.profiler.trace import Kind


class RawSpan(NamedTuple):
    """One statement as it was caught; times in nanoseconds of the process's monotonic clock."""

    sql: Any
    params: Kept
    alias: str
    vendor: str
    start: int
    end: int
    error: str | None
    rowcount: int
    stack: RawStack | None
    marker: bool
    """True for BEGIN, COMMIT and ROLLBACK that the backend sent without a statement of ours."""
    evaluation: Evaluation | None = None
    """What the ORM did around it, or what the application fetched from its cursor."""
    connecting: bool = False


class RawAlias(NamedTuple):
    """What a connection tells about its server without being asked."""

    vendor: str
    server_version: str | None
    connects: int = 0
    connect_ns: int = 0
    persistent: bool | None = None


class RawLane(NamedTuple):
    """A named stretch; times in nanoseconds of the process's monotonic clock."""

    name: str
    label: str
    start: int
    end: int


class RawTrace(NamedTuple):
    """A closed recorder's content: what the background thread turns into a Trace."""

    id: str
    kind: Kind
    name: str
    started_ns: int
    """By the system's clock."""
    start: int
    end: int
    pid: int
    spans: list[RawSpan]
    dropped: int
    dropped_ns: int
    own_ns: int
    aliases: dict[str, RawAlias]
    lanes: list[RawLane]
    error: str | None
    details: Any
    """What the scope knows of its unit of work: for a request a RawRequest."""
    config: Config
    held: int = 0
    """About how many bytes of texts, parameters and stacks it keeps alive."""
    dropped_lanes: int = 0
    around: tuple[int, int, int] = (0, 0, 0)
    """When the view was called, when it had returned, when the response came out of the middlewares; 0 is never."""

    @property
    def started_at(self) -> str:
        """When it began, as the store writes it."""
        seconds, nanoseconds = divmod(self.started_ns, 1_000_000_000)
        started = datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanoseconds // 1_000)
        return started.isoformat(timespec="microseconds")


def alias_of(connection: Any, connects: int, connect_ns: int) -> RawAlias:
    """Read what the wrapper has already learnt about its server; asking could send a statement."""
    version: Any = None
    try:
        if connection.vendor == "sqlite":
            version = connection.Database.sqlite_version
        elif connection.vendor == "postgresql" and connection.connection is not None:
            number = connection.connection.info.server_version
            version = f"{number // 10000}.{number % 10000}"
        elif connection.vendor == "mysql":
            version = (connection.__dict__.get("mysql_server_data") or {}).get("version")
    except Exception:
        version = None  # a connection that was closed under Django's wrapper
    return RawAlias(connection.vendor, version, connects, connect_ns, _persistent(connection))


def _persistent(connection: Any) -> bool | None:
    """Return whether connections like this one are kept for later requests."""
    try:
        settings = connection.settings_dict
        return settings["CONN_MAX_AGE"] != 0 or bool(settings["OPTIONS"].get("pool"))
    except Exception:
        return None
