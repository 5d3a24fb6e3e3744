"""The vocabulary of a recording: frozen values, with the field names of the JSON contract, and nothing else.

Times are float milliseconds (``*_ms``), sizes are bytes (``*_bytes``), instants are RFC 3339 strings with a zone.
``None`` means "unknown", never zero. A value of this module is never changed after it was made.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["request", "message", "task", "command", "test", "block", "background"]
Statement = Literal["select", "insert", "update", "delete", "ddl", "transaction", "call", "other"]
Unseen = Literal["orm", "lanes", "values"]
TransactionEnd = Literal["committed", "rolled_back", "open"]
Load = Literal["queryset", "forward", "reverse", "many", "generic", "deferred", "prefetch", "raw"]
"""How a statement of the ORM came about: by a queryset, by following a relation from one row, by a prefetch."""
Widget = Literal["serializer", "admin", "form"]
RelationKind = Literal["forward", "one_to_one", "reverse", "many", "generic", "generic_many"]
"""``one_to_one`` is the side without the column; ``generic`` a generic foreign key, ``generic_many`` its other side."""
Use = Literal["iterated", "counted", "tested", "indexed", "sliced", "other"]
"""What was done with the rows of a queryset: gone through, ``len()``, ``bool()``, one or a slice taken, anything else."""


class Value(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every value is: frozen, named, encodable; without cycles, so that the collector need not go through millions."""


class Frame(Value, frozen=True, kw_only=True):
    """One stack entry; lines and columns are 1-based, columns count characters.

    ``file`` is the absolute path, ``label`` what a person reads: relative to the project or to the library's root.
    """

    file: str
    label: str
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    function: str
    library: bool


class CallSite(Value, frozen=True, kw_only=True):
    """The innermost application frame of a span, with the text of its line as it stood when it was recorded."""

    file: str
    label: str
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    function: str
    source: str | None
    source_changed: bool = False
    loop: str | None = None
    """The head of the innermost loop around the line ("for slug in slugs:"), as it stands in its function."""


class TemplateLine(Value, frozen=True, kw_only=True):
    """One node of a template: its name, the 1-based line of its tag and the text of that line."""

    name: str
    file: str | None
    line: int | None
    source: str | None


class TemplateSite(Value, frozen=True, kw_only=True):
    """The template node whose rendering ran a statement; ``chain`` leads outwards through include and extends."""

    name: str
    file: str | None
    line: int | None
    source: str | None
    chain: tuple[TemplateLine, ...]
    source_changed: bool = False


class FieldSite(Value, frozen=True, kw_only=True):
    """The declared field whose rendering or cleaning ran a statement: of a serializer, an admin list or a form.

    ``owner`` is the dotted class, ``path`` the field's name with those it lies in (``author.country``); ``file`` and
    ``line`` are where the class stands.
    """

    kind: Widget
    owner: str
    path: str
    file: str | None = None
    line: int | None = None


class Origin(Value, frozen=True, kw_only=True):
    """One evaluation of a queryset: what produced the instances a later load started from.

    ``id`` counts within the trace, ``parent`` and ``root`` are ids of the evaluations it was reached from, at once and at
    first. ``path`` leads from the root's model to this one (``author__country``, empty for the root itself);
    ``build_sites`` are those of the root: the expression that a fix edits. ``span`` is the statement that fetched the
    rows, ``None`` where it was not recorded here.
    """

    id: int
    parent: int | None
    root: int
    model: str
    path: str
    build_sites: tuple[CallSite, ...]
    span: int | None = None


class Relation(Value, frozen=True, kw_only=True):
    """What a model says of a relation that a trace followed; ``name`` as in Python, ``query_name`` as in ``filter()``."""

    model: str
    name: str
    kind: RelationKind
    to: str | None
    nullable: bool
    query_name: str
    manager: str | None = None
    """What the model at the other end calls its default manager."""

    @property
    def single(self) -> bool:
        """Whether a row has at most one at the other end."""
        return self.kind in {"forward", "one_to_one", "generic"}


class Queryset(Value, frozen=True, kw_only=True):
    """What a queryset brought along with its rows, and what was done with them until the unit of work ended.

    Relations are paths from its rows (``author__country``). ``base`` is equal for querysets that were derived from one
    object, 0 where none other of the trace was. ``kept`` rows were pickled or copied: they may be read elsewhere.
    """

    base: int = 0
    values: bool = False
    """Whether its rows are values and no instances."""
    iterator: bool = False
    joined: tuple[str, ...] = ()
    joined_all: bool = False
    """Whether ``select_related()`` was called without names."""
    prefetched: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    fetch_mode: str | None = None
    uses: tuple[Use, ...] = ()
    read: tuple[str, ...] = ()
    kept: bool = False


class Parameter(Value, frozen=True, kw_only=True):
    """One bound value as text, or its pseudonym where ``masked``: equal values of a trace have equal pseudonyms."""

    type: str
    text: str | None
    bytes: int | None = None
    truncated: bool = False
    masked: bool = False
    name: str | None = None


class Phases(Value, frozen=True, kw_only=True):
    """Where the time of one span (or of a trace) went, in milliseconds; ``None`` where it was not measured."""

    construct_ms: float | None = None
    compile_ms: float | None = None
    execute_ms: float | None = None
    fetch_ms: float | None = None
    hydrate_ms: float | None = None


class Span(Value, frozen=True, kw_only=True):
    """One execution of one statement. ``n`` counts from 1 in the order of execution; ``start_ms`` from the trace's start.

    ``params_total`` and ``sql_length`` say how much there was where a limit cut ``params`` or ``sql``. ``duration_ms``
    is the time in the database: execution and fetch. ``rows`` and ``columns`` say how large the answer was, ``bytes``
    about how large its values were. ``parent_row`` is an opaque name of the row that a relation was followed from.
    """

    n: int
    sql: str
    sql_length: int
    params: tuple[Parameter, ...]
    params_total: int
    fingerprint: str
    site_id: str
    kind: Statement
    tables: tuple[str, ...]
    alias: str
    vendor: str
    start_ms: float
    duration_ms: float
    phases: Phases
    rows: int | None
    bytes: int | None
    batch: int | None
    error: str | None
    model: str | None
    call_site: CallSite | None
    template_site: TemplateSite | None
    transaction: int | None
    stack: tuple[Frame, ...]
    stack_truncated: bool = False
    via_template: bool = False
    """True where the template node lies nearer to the statement than the innermost application frame."""
    columns: int | None = None
    build_sites: tuple[CallSite, ...] = ()
    """Where its queryset was built, from the first expression to the last clone."""
    origin: Origin | None = None
    """The evaluation that produced the instance (or, for a prefetch, the instances) that this load started from."""
    parent_row: str | None = None
    relation: str | None = None
    load: Load | None = None
    field_site: FieldSite | None = None
    connecting: bool = False
    """True where the backend sent it by itself to set a new connection up: no query of the application."""
    queryset: Queryset | None = None


class Transaction(Value, frozen=True, kw_only=True):
    """The stretch between BEGIN or SAVEPOINT and its end on one alias; ``spans`` are the numbers of its statements."""

    n: int
    alias: str
    savepoint: str | None
    start_ms: float
    duration_ms: float
    end: TransactionEnd
    spans: tuple[int, ...]


class Lane(Value, frozen=True, kw_only=True):
    """A named stretch of the request outside single statements, such as the streaming of its body."""

    name: str
    label: str
    start_ms: float
    duration_ms: float


class AliasTotals(Value, frozen=True, kw_only=True):
    """What one database alias had to do in a trace."""

    vendor: str
    server_version: str | None
    queries: int
    db_ms: float
    connects: int = 0
    """Connections opened meanwhile; ``connect_ms`` is what opening and setting them up took."""
    connect_ms: float | None = None
    persistent: bool | None = None
    """Whether connections are kept for later requests: by CONN_MAX_AGE or a pool."""


class Process(Value, frozen=True, kw_only=True):
    """Which process recorded."""

    pid: int
    host: str


class Request(Value, frozen=True, kw_only=True):
    """What is kept of an HTTP request: enough to recognise it, no credential; ``masked`` names what was taken out."""

    query_string: str
    headers: dict[str, str]
    content_type: str
    body: str | None
    body_bytes: int | None
    user_pk: str | None
    masked: tuple[str, ...]


class Truncated(Value, frozen=True, kw_only=True):
    """What the limits left out of a trace; all zero where nothing was left out."""

    spans: int = 0
    sql: int = 0
    params: int = 0
    stacks: int = 0
    lanes: int = 0


class Trace(Value, frozen=True, kw_only=True):
    """Everything recorded in one unit of work. ``seq`` is 0 until the store has given it a number.

    ``queries`` counts every statement but those that only mark transactions, also the ones that ``truncated`` left out.
    """

    id: str
    kind: Kind
    name: str
    started_at: str
    duration_ms: float
    process: Process
    queries: int
    db_ms: float
    rows: int | None
    phases: Phases
    by_alias: dict[str, AliasTotals]
    spans: tuple[Span, ...]
    transactions: tuple[Transaction, ...]
    seq: int = 0
    method: str | None = None
    path: str | None = None
    route: str | None = None
    view: str | None = None
    status: int | None = None
    error: str | None = None
    commit: str | None = None
    session: str | None = None
    pinned: bool = False
    response_bytes: int | None = None
    response_type: str | None = None
    response_encoding: str | None = None
    """How the body is compressed, ``None`` where it is not: ``response_bytes`` then are fewer than what it holds."""
    request: Request | None = None
    lanes: tuple[Lane, ...] = ()
    gaps: tuple[Lane, ...] = ()
    truncated: Truncated = Truncated()
    relations: tuple[Relation, ...] = ()
    django: str | None = None
    cold: bool | None = None
    """Whether it was the first of its name in its process, which fills caches that later ones find."""
    unseen: tuple[Unseen, ...] = ()
    """What the settings kept from being recorded, so that nothing can be found in it."""
    quiet: dict[str, tuple[str, ...]] = {}
    """Written models whose rows one statement may take as well: nothing else happens; with the fields it may change."""

    @property
    def address(self) -> str:
        """The path with its query string, or the name of what was no request."""
        return address(self.path, self.request.query_string if self.request else "", self.name)

    @property
    def truncated_spans(self) -> int:
        """How many statements were counted but not kept."""
        return self.truncated.spans


def address(path: str | None, query_string: str, name: str) -> str:
    """Return how a person finds a trace again: path and query string of a request, else ``name``."""
    if path is None:
        return name
    return f"{path}?{query_string}" if query_string else path
