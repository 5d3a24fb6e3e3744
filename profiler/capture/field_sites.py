"""Says which declared field a statement belongs to, from the marked frames of its stack; runs off the request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from queryscope.profiler.capture.classes import declared, dotted, where
from queryscope.profiler.capture.fields import RawField
from queryscope.profiler.capture.text import plain
from queryscope.profiler.trace import FieldSite


def field_site(marks: Iterable[Any]) -> FieldSite | None:
    """Return the innermost field among ``marks``, which stand innermost first.

    Serializers lie in each other: the owner is the outermost one and the path leads through the others, as the names
    stand in the answer. A form or a list of the admin is an owner by itself.
    """
    found = [mark for mark in marks if type(mark) is RawField and mark.name is not None]
    if not found:
        return None
    inner = found[0]
    if inner.kind == "serializer":
        nested = found[: next((n for n, field in enumerate(found) if field.kind != "serializer"), len(found))]
        return _site("serializer", nested[-1].owner, ".".join(_name(field) for field in reversed(nested)))
    admin = _admin(inner.owner) if inner.kind == "form" else None
    if admin is not None:
        return _site("admin", admin, _name(inner))
    return _site(inner.kind, inner.owner, _name(inner))


def _site(kind: Any, owner: type, path: str) -> FieldSite:
    owner = declared(owner)
    file, line = where(owner)
    return FieldSite(kind=kind, owner=dotted(owner), path=path, file=file, line=line)


def _name(field: RawField) -> str:
    """Return the name that was declared: a text, else that of the function, the class or the model's field."""
    name = field.name
    if isinstance(name, str):
        return plain(name, 200)
    return plain(getattr(name, "__name__", None) or getattr(name, "name", None) or type(name).__name__, 200)


def _admin(form: type) -> type | None:
    """Return the class of the admin that made a form for itself: it lends the form a method of its own."""
    callback = getattr(getattr(form, "_meta", None), "formfield_callback", None)
    maker = getattr(getattr(callback, "func", None), "__self__", None)
    return (
        type(maker) if maker is not None and "django.contrib.admin.options" in _modules(type(maker)) else None
    )


def _modules(cls: type) -> set[str]:
    return {base.__module__ for base in cls.__mro__}
