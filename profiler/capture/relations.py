"""Says what a model declares of one of its relations; runs off the request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from queryscope.profiler.capture.building import accessor
from queryscope.profiler.capture.evaluation import Reading
from queryscope.profiler.trace import Relation, RelationKind

_DEEPEST = 8


def relations_of(model: Any, followed: Mapping[str, Reading], depth: int = 0) -> Iterator[Relation]:
    """Yield what ``model`` declares of the relations that were followed from its rows, and so on with those joined to them."""
    for name, below in followed.items() if depth < _DEEPEST else ():
        relation, target = _declared(model, name)
        if relation is not None:
            yield relation
            yield from relations_of(target, below.joined, depth + 1)


@lru_cache(maxsize=2_000)
def _declared(model: Any, name: str) -> tuple[Relation | None, Any]:
    """Return the relation that is followed by ``name`` (a field or an accessor) and its model, ``None`` for anything else."""
    field = None if model is None else next(filter(lambda each: _name(each) == name, _fields(model)), None)
    if field is None:
        return None, None
    target: Any = getattr(field, "related_model", None)
    relation = Relation(
        model=model._meta.label,
        name=name,
        kind=_kind(field),
        to=getattr(getattr(target, "_meta", None), "label", None),
        # The other side of a foreign key may always be empty.
        nullable=bool(getattr(field, "null", True)) or bool(field.auto_created),
        query_name=field.name,
        manager=getattr(getattr(target, "_default_manager", None), "name", None),
    )
    return relation, target


def _fields(model: Any) -> tuple[Any, ...]:
    return tuple(field for field in model._meta.get_fields(include_hidden=True) if field.is_relation)


def _name(field: Any) -> str:
    return accessor(field) if field.auto_created and not field.concrete else str(field.name)


def _kind(field: Any) -> RelationKind:
    if field.many_to_many:
        return "many"
    if field.one_to_many:
        return "generic_many" if hasattr(field, "content_type_field_name") else "reverse"
    if hasattr(field, "ct_field"):
        return "generic"
    return "one_to_one" if field.auto_created and not field.concrete else "forward"
