"""Marks the frames in which a serializer, an admin list or a form works on one declared field.

Part of the hot path: a reader picks the class and the name out of the locals of such a frame, and calls nothing of the
host's. Libraries are marked when they are there; none is imported for it but Django's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from types import CodeType
from typing import Any, NamedTuple

from django.forms.boundfield import BoundField
from django.forms.forms import BaseForm

from queryscope.profiler.capture import guard
from queryscope.profiler.capture.patching import loaded
from queryscope.profiler.capture.stack import Reader, mark
from queryscope.profiler.trace import Widget

Locals = Mapping[str, Any]


class RawField(NamedTuple):
    """A field as its frame knows it; ``name`` is what the declaration holds: a text, a function, a class, or nothing yet."""

    kind: Widget
    owner: type
    name: Any


def install() -> Collection[str]:
    """Mark what is loaded by now, and what was loaded since the last time; return the modules that it waits for."""
    for module, marks in tuple(_waiting.items()):
        if loaded(module):
            del _waiting[module]
            try:
                marks()
            except Exception:
                guard.report("the marking of fields")
    return _waiting.keys()


def _serializer(local: Locals) -> RawField:
    field = local.get("field")
    return RawField("serializer", type(local["self"]), None if field is None else field.field_name)


def _related_choices(local: Locals) -> RawField:
    # The options of a related field are read by itself, when the form of the browsable API is drawn.
    field = local["self"]
    if not field.field_name:
        field = field.parent
    return RawField("serializer", type(field.parent), field.field_name)


def _row(local: Locals) -> RawField:
    return RawField("admin", type(local["cl"].model_admin), local.get("field_name"))


def _hierarchy(local: Locals) -> RawField:
    changelist = local["cl"]
    return RawField("admin", type(changelist.model_admin), changelist.date_hierarchy)


def _filters(local: Locals) -> RawField:
    declared = local.get("list_filter")
    name = declared[0] if isinstance(declared, (tuple, list)) else declared
    return RawField("admin", type(local["self"].model_admin), name)


def _filter_choices(local: Locals) -> RawField:
    spec = local["spec"]
    return RawField("admin", type(local["cl"].model_admin), spec.__dict__.get("field_path") or type(spec))


def _readonly(local: Locals) -> RawField:
    field = local["self"]
    return RawField("admin", type(field.model_admin), field.field["name"])


def _bound(local: Locals) -> RawField:
    field = local["self"]
    return RawField("form", type(field.form), field.name)


def _cleaned(local: Locals) -> RawField:
    return RawField("form", type(local["self"]), local.get("name"))


def _mark_forms() -> None:
    for name in ("as_widget", "subwidgets", "value", "initial", "_has_changed"):
        _mark(BoundField.__dict__[name], _bound)
    _mark(BaseForm.__dict__["_clean_fields"], _cleaned)


def _mark_admin() -> None:
    # The tags are part of the admin, and would be imported with its first list.
    tags = import_module("django.contrib.admin.templatetags.admin_list")
    _mark(tags.items_for_result, _row)
    _mark(tags.date_hierarchy, _hierarchy)
    _mark(tags.admin_list_filter, _filter_choices)
    _mark(import_module("django.contrib.admin.views.main").ChangeList.get_filters, _filters)
    _mark(import_module("django.contrib.admin.helpers").AdminReadonlyField.contents, _readonly)


def _mark_serializers() -> None:
    serializer = sys.modules["rest_framework.serializers"].__dict__["Serializer"]
    _mark(serializer.to_representation, _serializer)
    _mark(serializer.to_internal_value, _serializer)
    _mark(sys.modules["rest_framework.relations"].__dict__["RelatedField"].get_choices, _related_choices)


def _mark(function: Any, reader: Reader) -> None:
    code: CodeType = getattr(function, "func", function).__code__
    mark(code, reader)


_waiting: dict[str, Callable[[], None]] = {
    "django.forms": _mark_forms,
    "django.contrib.admin.options": _mark_admin,
    "rest_framework.serializers": _mark_serializers,
}
"""What is still to be marked, by the module that has to be there."""
