"""Every option of queryscope with its type, default, unit and range; pure, knows nothing of Django."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from queryscope.profiler.errors import ConfigError

Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
Scope = Literal["request", "message", "task", "command", "test", "block", "background"]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="upper"):
    """The settings dict ``QUERYSCOPE``, checked. Keys are the field names in capitals; docs/settings.md explains each."""

    enabled: bool | None = None
    """Record at all. ``None``: as ``settings.DEBUG`` says, and off while tests run."""
    store: str | dict[str, Any] | None = None
    """Path of the SQLite file, or a dict in the format of one ``DATABASES`` entry. ``None``: ``.queryscope/store.sqlite3``."""
    orm: bool = True
    """Follow the ORM: phases besides execution, build sites, origins. Read when the hooks are put in place."""
    lanes: bool = True
    """Name the Python around the queries: view, template, middlewares, serializers. Read when the hooks are put in place."""
    parameters: Literal["full", "sensitive", "masked"] | None = None
    """Which parameter values are kept. ``None``: ``"sensitive"`` with ``DEBUG``, else ``"masked"``."""
    mask_names: tuple[str, ...] = ()
    """More words that make a column, header or form field sensitive, besides the built-in ones."""
    sample: Share = 1.0
    """Share of units of work that are recorded, 0 to 1."""
    sample_paths: dict[str, Share] = {}
    """Regular expressions, each with the share of what it finds; the first that finds something counts, else ``sample``."""
    ignore_paths: tuple[str, ...] = ()
    """Regular expressions; a unit of work in whose path (or name, without one) one of them finds something is not recorded."""
    scopes: tuple[Scope, ...] = ("request", "message", "task", "command", "test", "block", "background")
    """Kinds of work that are recorded."""
    max_spans: Count = 10_000
    """Statements kept in one trace; later ones are counted, not kept."""
    max_trace_bytes: Count = 64 * 1024 * 1024
    """Bytes of SQL texts, parameters and stacks kept in one trace while it is recorded."""
    max_sql_chars: Count = 100_000
    """Characters of one statement that are kept."""
    max_parameters: Count = 100
    """Parameters of one statement that are kept."""
    max_parameter_chars: Count = 1_000
    """Characters of one parameter that are kept."""
    max_stack_frames: Count = 100
    """Stack entries kept for one statement, innermost first."""
    max_body_bytes: Annotated[int, Meta(ge=0)] = 10_000
    """Bytes of a request body that are kept."""
    queue_traces: Count = 500
    """Finished traces that may wait for the writer; what comes beyond is dropped and counted."""
    flush_seconds: Positive = 3.0
    """How long the process may wait at exit for the writer."""
    keep_traces: Count = 5_000
    """Traces kept in the store, the newest first."""
    keep_hours: Positive = 168.0
    """Age in hours after which a trace is removed."""
    keep_bytes: Count = 256 * 1024 * 1024
    """Bytes of traces kept in the store."""
    keep_worst: Annotated[int, Meta(ge=0)] = 15
    """Slowest traces of each view, task, command and message that outlive the limits of count and bytes."""
    ignore_file: Annotated[str, Meta(min_length=1)] = "queryscope-ignored.toml"
    """Path of the file in the project's repository that says which problems are ignored, and why."""
    access: str | None = None
    """Dotted path of a callable ``(user, client_address) -> bool`` that admits to the dashboard."""
    channel_layer: str = "default"
    """Alias in ``CHANNEL_LAYERS`` that carries the bell between processes, where it is not the in-memory one."""
    poll_seconds: Positive = 0.5
    """How often a process with open dashboards looks into the store for what other processes wrote."""
    warm_queries: Count = 25
    hot_queries: Count = 100
    """Queries of a request from which the number is coloured orange and red."""
    warm_db_ms: Positive = 200.0
    hot_db_ms: Positive = 400.0
    """Database milliseconds of a request from which the number is coloured orange and red."""
    warm_total_ms: Positive = 400.0
    hot_total_ms: Positive = 800.0
    """Total milliseconds of a request from which the number is coloured orange and red."""
    large_rows: Count = 1_000
    """Rows of one statement from which holding them in memory together is a finding."""
    slow_ms: Positive = 100.0
    """Milliseconds in the database from which one statement is a finding of its own."""
    long_transaction_ms: Positive = 200.0
    """Milliseconds from which a transaction that has written is open for too long."""


KEYS: tuple[str, ...] = Config.__struct_encode_fields__


def parse(options: Mapping[str, Any]) -> Config:
    """Return the checked configuration.

    Raises ConfigError naming the key, the value it got and what it takes.
    """
    if not isinstance(options, Mapping):
        raise ConfigError("QUERYSCOPE", f"QUERYSCOPE is {type(options).__name__}, it must be a dict.")
    options = {key: str(value) if isinstance(value, PathLike) else value for key, value in options.items()}
    for key in options:
        if key not in KEYS:
            raise ConfigError(
                key, f"QUERYSCOPE[{key!r}] is not an option. Options are: {', '.join(sorted(KEYS))}."
            )
    for key, value in options.items():
        _check(key, value)
    return msgspec.convert(dict(options), Config)


def _check(key: str, value: Any) -> None:
    try:
        msgspec.convert({key: value}, Config)
    except msgspec.ValidationError as error:
        reason = str(error).split(" - at ")[0]
        raise ConfigError(key, f"QUERYSCOPE[{key!r}] is {value!r}: {reason}. See docs/settings.md.") from None
