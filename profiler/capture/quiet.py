"""Says of a model whether writing its rows sends statements and does nothing else; runs off the request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db.models import Field, Manager, Model, QuerySet, UniqueConstraint
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

_SIGNALS = (pre_save, post_save, pre_delete, post_delete, m2m_changed)
_WRITES = ("save", "asave", "save_base", "delete", "adelete")
_OF_MANAGERS = ("get_queryset", "bulk_create", "bulk_update", "update", "create")
_OF_QUERYSETS = ("bulk_create", "bulk_update", "update", "delete", "create")

_OF_PLAIN_VALUES = (
    "django.db.models.fields",
    "django.db.models.fields.related",
    "django.db.models.fields.generated",
)


def quiet(model: Any) -> tuple[str, ...] | None:
    """Return the fields that one statement may change in many rows as ``save()`` would in each.

    ``None`` where something else may happen with each row: code of the model, of a receiver, of a manager or a field; and
    where a row lies in several tables. No field at all where code may change a value in place, as it may a list or a dictionary:
    ``save()`` would write it without being told.
    """
    if (
        model._meta.parents
        or _heard(model)
        or not _plain(model)
        or not all(map(_stored_as_is, _fields(model)))
    ):
        return None
    if not all(map(_replaced, _fields(model))):
        return ()
    unique = set(_unique(model))
    free = (field for field in _fields(model) if field.name not in unique and not _sets_itself(field))
    return tuple(dict.fromkeys(name for field in free for name in (field.name, field.attname)))


def _fields(model: Any) -> list[Any]:
    return list(model._meta.concrete_fields)


def _heard(model: Any) -> bool:
    """Return whether somebody is told of the writes, also of those to a proxy, which are recorded as the model's."""
    proxies = (each for each in model._meta.apps.get_models() if each._meta.concrete_model is model)
    return any(signal.has_listeners(each) for each in (model, *proxies) for signal in _SIGNALS)


def _plain(model: Any) -> bool:
    """Return whether the model and its managers write by Django's own methods, and leave no row out."""
    return _same(_WRITES, model, Model) and all(
        _same(_OF_MANAGERS, type(each), Manager) and _same(_OF_QUERYSETS, each._queryset_class, QuerySet)
        for each in model._meta.managers
    )


def _same(names: tuple[str, ...], one: Any, other: Any) -> bool:
    return all(getattr(one, name) is getattr(other, name) for name in names)


def _stored_as_is(field: Any) -> bool:
    """Return whether a field is saved by code of Django's that only reads it, or sets the time."""
    return str(type(field).pre_save.__module__) == Field.__module__


def _replaced(field: Any) -> bool:
    """Return whether a field is one of Django's own whose values can only be replaced."""
    return type(field).__module__ in _OF_PLAIN_VALUES


def _sets_itself(field: Any) -> bool:
    return bool(getattr(field, "auto_now", False) or field.generated)


def _unique(model: Any) -> Iterator[str]:
    """Yield the names of the fields for whose values the order of the writes may matter."""
    yield from (field.name for field in _fields(model) if field.unique)
    yield from chain(*model._meta.unique_together)
    for each in model._meta.constraints:
        if isinstance(each, UniqueConstraint):
            # One over an expression may be about any field.
            yield from each.fields or (field.name for field in _fields(model))
