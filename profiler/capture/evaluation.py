"""What is known of one statement of the ORM while it runs: where its queryset was built, what it started from, its phases.

Mutable and small: one is made for each evaluation, in the request. Instances carry the one that fetched them in the alias
of their ``_state``, a text that all rows of an evaluation share: a row costs nothing.
"""

from __future__ import annotations

import threading
from types import CodeType
from typing import Any

from msgspec import Struct

from queryscope.profiler.capture.raw_stack import Load
from queryscope.profiler.trace import Load as LoadKind

Site = tuple[CodeType | type, int]
"""A place not yet resolved: code and offset of an instruction, or a class that stands for its own definition."""

DEEPEST = 12
"""Relations followed in a row; beyond, a walk along a linked list would keep the evaluation of every node alive."""


class Start(Struct, frozen=True):
    """The row that a relation is followed from: the evaluation that fetched it, if it is known, and its primary key."""

    fetched: Evaluation | None
    row: tuple[Any, ...]


class Built(Struct, frozen=True):
    """How a queryset came about: its sites in order, the relation it follows, nanoseconds spent in its methods.

    ``start`` is the row, where Django's own hints do not tell: those of a generic relation. ``base`` numbers the object
    that it was derived from, 0 where that was made before recording began.
    """

    sites: tuple[Site, ...]
    relation: str | None
    construct: int
    start: Start | None = None
    base: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Become ``None`` in a pickle: it must open where queryscope is not installed."""
        return type(None), ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Built:
        return self


UNKNOWN = Built((), None, 0)
BUILT = "_queryscope_built"
"""The key of a Built in ``notes``."""


def built(queryset: Any) -> Built:
    """Return what is known of how ``queryset`` came about."""
    return notes(queryset).get(BUILT) or UNKNOWN


def notes(queryset: Any) -> dict[str, Any]:
    """Return the dictionary in which it is noted how a queryset came about.

    It is that of the ``Query``: whatever Django makes of one, by cloning or as another kind, gets a copy of it. The
    property ``query`` is not asked, for it may have a filter to apply; nor the queryset's own dictionary, which Python
    would make for it, so that all attributes of it were slower to read from then on.
    """
    try:
        statement = queryset._query
    except AttributeError:
        statement = queryset.query  # a raw one
    noted: dict[str, Any] = statement.__dict__
    return noted


class Reading:
    """Which relations of some rows were joined, each with what was read of it, and which ones were read."""

    __slots__ = ("joined", "read")

    def __init__(self) -> None:
        self.joined: dict[str, Reading] = {}
        self.read: set[str] = set()


class Asked(Struct, frozen=True):
    """What a queryset was told to bring, as Django keeps it: see ``QuerySet`` and ``Query``."""

    select_related: Any
    prefetch: tuple[Any, ...]
    deferred: Any
    models: bool
    iterator: bool
    fetch_mode: Any


class Evaluation:
    """One statement of the ORM; times are nanoseconds, and ``None`` what was not measured.

    ``row`` is the primary key of the row whose relation it follows, ``parent`` the evaluation which fetched that row.
    """

    parent: Evaluation | None = None
    depth = 0
    relation: str | None = None
    load: LoadKind | None = None
    load_depth = 0
    """How many frames lie within the one that follows the relation."""
    row: tuple[Any, ...] | None = None
    same_rows = False
    """Whether it only reads rows again that another evaluation fetched."""
    hinted: Any = None
    """The instance that Django's routers are told of, or its Start, until the statement has run."""
    began = executed = returned = 0
    construct: int | None = None
    compile: int | None = None
    fetch: int | None = None
    hydrate: int | None = None
    rows: int | None = None
    columns: int | None = None
    bytes: int | None = None
    asked: Asked | None = None
    uses = 0
    """What was done with its rows, by the bits of ``uses.py``."""
    kept = False
    """Whether rows of it were pickled or copied: what happens to those is not seen."""
    _reading: Reading | None = None

    # Defaults of the class and no __slots__: most of these are never set, and setting twenty would cost a microsecond.
    def __init__(self, trace_id: str, model: Any, built: Built = UNKNOWN) -> None:
        self.trace_id, self.model, self.built = trace_id, model, built

    @property
    def statement(self) -> Evaluation:
        """Return the evaluation whose statement brought the rows: its own, or that of the join."""
        return self

    @property
    def reading(self) -> Reading:
        """What was read of its rows, and of the rows joined to them."""
        known = self._reading
        if known is None:
            known = self._reading = Reading()
        return known

    def __reduce__(self) -> tuple[Any, ...]:
        """Become ``None`` in the pickle of a queryset: it must open where queryscope is not installed."""
        self.kept = True
        return type(None), ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Evaluation:
        self.kept = True
        return self

    def settle(self, load: Load | None) -> None:
        """Decide what it started from, once its statement has run: ``load`` is the frame that follows a relation."""
        instance, self.hinted = self.hinted, None
        if instance is not None and (relation := self.built.relation) is not None:
            self.load, self.relation = "many", relation
        elif load is not None and load.told is not None:
            self.load_depth = load.depth
            self.load, self.relation, instance = load.told
            self.same_rows = self.load == "deferred"
        else:
            self.same_rows = instance is not None
        if instance is not None:
            self._start_from(instance)

    def child(self, relation: str, model: Any) -> Evaluation:
        """Return the evaluation that rows joined by ``select_related`` belong to."""
        child = _Joined(self.trace_id, model)
        child.relation, child.load, child.joined_by = relation, "forward", self.statement
        child._descend(self)
        self.reading.joined[relation] = child.reading
        return child

    def _start_from(self, instance: Any) -> None:
        start = instance if type(instance) is Start else start_of(instance)
        if start.fetched is not None and start.fetched.trace_id == self.trace_id:
            self._descend(start.fetched)
        if self.load != "prefetch":
            self.row = start.row

    def _descend(self, parent: Evaluation) -> None:
        while parent.same_rows and parent.parent is not None:
            parent = parent.parent
        if parent.depth >= DEEPEST and parent.parent is not None:
            parent = parent.parent
        self.parent, self.depth = parent, parent.depth + 1


class _Joined(Evaluation):
    """The rows that another statement brought along."""

    joined_by: Evaluation

    @property
    def statement(self) -> Evaluation:
        return self.joined_by


class Tagged(str):
    """An alias as Django keeps it in each instance, with the evaluation that fetched the rows.

    Equal to the plain alias and hashed like it; copies and pickles hold the plain one.
    """

    __slots__ = ("evaluation",)
    evaluation: Evaluation

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        self.evaluation.statement.kept = True
        return str, (str.__str__(self),)


def start_of(instance: Any) -> Start:
    """Return an instance's key and evaluation out of its own dictionary: calling it could run anything."""
    values, meta = instance.__dict__, instance._meta
    alias, fetched = getattr(values.get("_state"), "db", None), None
    if type(alias) is Tagged:
        known, model = alias.evaluation.model, type(instance)
        # Django hands the alias of one row on to those that it makes for it: they were not fetched with it.
        if known in model.__mro__ or model in known.__mro__:
            fetched = alias.evaluation
    key = values.get(meta.pk.attname)
    row = (key,) if key is not None else tuple(values.get(field.attname) for field in meta.pk_fields)
    return Start(fetched, row)


def tagged(alias: str, evaluation: Evaluation) -> Tagged:
    """Return ``alias`` as the one that marks the rows of ``evaluation``."""
    tag = Tagged(alias)
    tag.evaluation = evaluation
    return tag


class Progress:
    """What the ORM is doing in one thread."""

    __slots__ = ("building", "compiling", "connecting", "counted", "evaluation", "queryset")

    def __init__(self) -> None:
        self.evaluation: Evaluation | None = None
        """Of the queryset whose rows are wanted; the compiler takes it up."""
        self.compiling: Evaluation | None = None
        """Of the compiler at work; the next statement is its."""
        self.queryset: Any = None
        """The one whose ``count()`` or the like is running."""
        self.connecting = False
        """Whether a backend is setting a connection up."""
        self.counted = 0
        """Nanoseconds that are some phase's or a connection's already: what began before them and goes on leaves them out.

        The clock less these stands still meanwhile; phases are measured by that one.
        """
        self.building = 0
        """When the method of a queryset that is running was called: those that it calls in turn are part of it."""


class _Thread(threading.local):
    def __init__(self) -> None:
        self.progress = Progress()


thread = _Thread()
"""``thread.progress`` is that of the current thread; asking a second time costs as much as the first."""
