"""Notes what becomes of the rows that a queryset fetched: how the queryset is used again, which relations of its rows are read.

Part of the hot path: a row pays nothing, a relation that is read from a row pays for one look at the row's alias.
"""

from __future__ import annotations

from functools import wraps
from types import CodeType
from typing import Any

from django.db.models import query
from django.db.models.fields.mixins import FieldCacheMixin

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.evaluation import BUILT, UNKNOWN, Evaluation, Tagged, notes
from queryscope.profiler.capture.patching import patch
from queryscope.profiler.trace import Use

USES: tuple[Use, ...] = ("iterated", "counted", "tested", "indexed", "sliced", "other")
"""Each is a bit of ``Evaluation.uses``, in this order."""
ITERATED, COUNTED, TESTED, INDEXED, SLICED, OTHER = (1 << bit for bit in range(len(USES)))

_KEY = "_queryscope_evaluation"
_METHODS = {
    id(getattr(query.QuerySet, name).__code__): use
    for name, use in (("__iter__", ITERATED), ("__len__", COUNTED), ("__bool__", TESTED))
}
"""What the methods of a queryset want its rows for, by identity of their code."""


def install() -> None:
    """Wrap what reads a relation that a row already holds."""
    patch(FieldCacheMixin, "get_cached_value", _read)


def fetched(queryset: Any, evaluation: Evaluation, method: CodeType | None) -> None:
    """Note which evaluation filled a queryset, for the method with this code."""
    notes(queryset)[_KEY] = evaluation
    evaluation.uses |= _METHODS.get(id(method), OTHER)


def note_method(queryset: Any, method: CodeType) -> None:
    """Note that the method with this code wants the rows which a queryset holds."""
    note(queryset, _METHODS.get(id(method), OTHER))


def note(queryset: Any, use: int) -> None:
    """Note a use of a queryset that holds its rows; one that a prefetch filled is a relation of its row that is read."""
    try:
        noted = notes(queryset)
        evaluation = noted.get(_KEY)
        if evaluation is not None:
            evaluation.uses |= use
            return
        built = noted.get(BUILT) or UNKNOWN
        if built.relation is None:
            return
        if built.start is not None:  # of a generic relation, whose querysets have no hint
            if built.start.fetched is not None:
                built.start.fetched.reading.read.add(built.relation)
        elif (row := queryset._hints.get("instance")) is not None:
            alias = row._state.db
            if type(alias) is Tagged:
                alias.evaluation.reading.read.add(built.relation)
    except Exception:
        guard.report("the use of fetched rows")


def _read(original: Any) -> Any:
    # Written as Django writes it, it is called without packing arguments, which takes longer than the look.
    @wraps(original)
    def get_cached_value(self: Any, instance: Any, default: Any = original.__defaults__[0]) -> Any:
        try:
            alias = instance._state.db
            if type(alias) is Tagged:
                evaluation = alias.evaluation
                (evaluation._reading or evaluation.reading).read.add(self.cache_name)
        except Exception:
            guard.report("the reading of a relation")
        return original(self, instance, default)

    return get_cached_value
