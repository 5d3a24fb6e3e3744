"""Knows the frames in which Django follows a relation from a row, and reads which relation and which row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor, ReverseOneToOneDescriptor
from django.db.models.query import prefetch_one_level
from django.db.models.query_utils import DeferredAttribute

from queryscope.profiler.capture.building import accessor
from queryscope.profiler.capture.evaluation import Tagged
from queryscope.profiler.capture.stack import mark_load

Told = tuple[str, str | None, Any]
"""The kind of load, the name of the relation, the instance it starts from."""


def install() -> None:
    """Have these frames told apart in every walk; harmless to repeat."""
    mark_load(ForwardManyToOneDescriptor.__get__.__code__, _forward)
    mark_load(ReverseOneToOneDescriptor.__get__.__code__, _reverse)
    mark_load(DeferredAttribute.__get__.__code__, _deferred)
    mark_load(prefetch_one_level.__code__, _prefetch)
    if apps.is_installed("django.contrib.contenttypes"):
        from django.contrib.contenttypes import fields

        descriptor = getattr(fields, "GenericForeignKeyDescriptor", fields.GenericForeignKey)
        mark_load(descriptor.__get__.__code__, _generic)


def _forward(local: Mapping[str, Any]) -> Told:
    return "forward", local["self"].field.name, local["instance"]


def _reverse(local: Mapping[str, Any]) -> Told:
    return "reverse", accessor(local["self"].related), local["instance"]


def _deferred(local: Mapping[str, Any]) -> Told:
    return "deferred", local["self"].field.name, local["instance"]


def _generic(local: Mapping[str, Any]) -> Told:
    descriptor = local["self"]
    return "generic", getattr(descriptor, "field", descriptor).name, local["instance"]


def _prefetch(local: Mapping[str, Any]) -> Told:
    lookup, level, row = local["lookup"], local["level"], local["instances"][0]
    path = lookup.prefetch_through.split("__")
    relation = path[min(level, len(path) - 1)]
    alias = row._state.db
    if type(alias) is Tagged and lookup.get_current_to_attr(level)[1]:
        # What is handed to a plain attribute cannot be seen being read.
        alias.evaluation.reading.read.add(relation)
    return "prefetch", relation, row
