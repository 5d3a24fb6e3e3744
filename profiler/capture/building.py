"""Notes where querysets are built, by which relation, and how long their methods took.

Part of the hot path: a method of a queryset pays for two clocks and a walk to the nearest frame of the application. What
is noted lies in the ``Query``, which Django copies with everything in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import count
from sys import _getframe
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

from django.core.handlers.base import BaseHandler
from django.db.models import manager, query
from django.db.models.fields import related_descriptors

from queryscope.profiler.capture import guard, uses
from queryscope.profiler.capture.evaluation import (
    BUILT,
    UNKNOWN,
    Built,
    Progress,
    Site,
    Start,
    notes,
    start_of,
    thread,
)
from queryscope.profiler.capture.frames import is_library
from queryscope.profiler.capture.patching import patch
from queryscope.profiler.capture.recorder import active

CHAINED = (
    "alias", "all", "annotate", "complex_filter", "dates", "datetimes", "defer", "difference", "distinct", "exclude",
    "extra", "fetch_mode", "filter", "intersection", "none", "only", "order_by", "prefetch_related", "raw", "reverse",
    "select_for_update", "select_related", "union", "using", "values", "values_list", "__and__", "__or__", "__xor__",
)  # fmt: skip
"""Methods that return another queryset."""
COUNTED = {
    "aggregate": uses.OTHER, "contains": uses.TESTED, "count": uses.COUNTED, "exists": uses.TESTED,
}  # fmt: skip
"""Methods that ask the database without fetching rows, and what they use the rows for that are there already."""

_FRAMES = 14
_SITES = 12
_DJANGO_ORM = str(query.__file__).removesuffix("query.py")
_APPLICATION, _LIBRARY, _ORM, _RELATIONS = 0, 1, 2, 3
_RUNS_VIEW = BaseHandler.__dict__["_get_response"].__code__
_bases = count(1)
_files: dict[str, int] = {}
"""What the files of code are, by the name in their code objects."""


def install() -> None:
    """Wrap the methods that build querysets."""
    for name in CHAINED:
        if name in query.QuerySet.__dict__:
            patch(query.QuerySet, name, _chained)
    patch(query.QuerySet, "__getitem__", _taken)
    for name in COUNTED:
        patch(query.QuerySet, name, _counted)
    patch(query.QuerySet, "get", _got)
    patch(manager.BaseManager, "get_queryset", _managed)
    _learn_managers()


def _chained(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if active.get() is None or (progress := thread.progress).building:
            return original(self, *args, **kwargs)
        start = progress.building = perf_counter_ns() - progress.counted
        try:
            result = original(self, *args, **kwargs)
        finally:
            progress.building = 0
        try:
            if isinstance(result, (query.QuerySet, query.RawQuerySet)):
                _note(progress, result, _getframe(1), start)
        except Exception:
            guard.report("the place where a queryset is built")
        return result

    return method


def _taken(original: Callable[..., Any]) -> Any:
    """A slice is another queryset, unless the rows are there already."""

    @wraps(original)
    def __getitem__(self: Any, k: Any) -> Any:
        if self._result_cache is not None:
            try:
                uses.note(self, uses.SLICED if isinstance(k, slice) else uses.INDEXED)
            except Exception:
                guard.report("the use of fetched rows")
        return original(self, k)

    return _chained(__getitem__)


def _got(original: Callable[..., Any]) -> Any:
    """Take the querysets that ``get()`` builds for itself as its own: they are evaluated at once, in the same place."""

    @wraps(original)
    def get(self: Any, *args: Any, **kwargs: Any) -> Any:
        if active.get() is None:
            return original(self, *args, **kwargs)
        progress = thread.progress
        # Also while another one is built: a lazy object in a filter asks for itself.
        outer, progress.building = progress.building, perf_counter_ns() - progress.counted
        try:
            return original(self, *args, **kwargs)
        finally:
            progress.building = outer

    return get


def _managed(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def get_queryset(self: Any) -> Any:
        queryset = original(self)
        if active.get() is None or self._hints or (progress := thread.progress).building:
            return queryset
        try:
            # What a manager's method builds next, that method's own hook will note.
            frame = _getframe(1)
            if id(frame.f_code) not in _passing:
                _note(progress, queryset, frame, perf_counter_ns() - progress.counted)
        except Exception:
            guard.report("the place where a manager is asked")
        return queryset

    return get_queryset


def _counted(original: Callable[..., Any]) -> Any:
    how = COUNTED[original.__name__]

    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if active.get() is None:
            return original(self, *args, **kwargs)
        if self._result_cache is not None:
            try:
                uses.note(self, how)
            except Exception:
                guard.report("the use of fetched rows")
        progress = thread.progress
        outer, progress.queryset = progress.queryset, self
        try:
            return original(self, *args, **kwargs)
        finally:
            progress.queryset = outer

    return method


def _note(progress: Progress, queryset: Any, frame: FrameType, start: int) -> None:
    noted = notes(queryset)
    known = noted.get(BUILT) or UNKNOWN
    sites, relation, begun = known.sites, known.relation, known.start
    site: Site | None
    code = frame.f_code
    if _files.get(code.co_filename) == _APPLICATION:
        site = code, frame.f_lasti
    else:
        site, manager = _site(frame)
        if manager is not None:
            followed, row = _relation(manager)
            relation, begun = followed or relation, row or begun
    if site is not None and (not sites or sites[-1] != site) and len(sites) < _SITES:
        sites = (*sites, site)
    counted = progress.counted
    took = perf_counter_ns() - counted - start
    progress.counted = counted + took
    noted[BUILT] = Built(sites, relation, known.construct + took, begun, known.base or next(_bases))


def _site(frame: FrameType | None) -> tuple[Site | None, Any]:
    """Return the nearest place of the application, and the manager of a relation that was asked on the way there."""
    manager = None
    caller: FrameType | None = None
    for _ in range(_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        kind = _files.get(code.co_filename)
        if kind is None:
            kind = _learn(code.co_filename)
        if kind == _APPLICATION:
            return (code, frame.f_lasti), manager
        if kind == _RELATIONS:
            if id(code) in _following:
                return None, manager
            if manager is None and id(code) in _filtering:
                manager = frame.f_locals["self"]
        elif kind == _LIBRARY:
            if code is _RUNS_VIEW:
                break  # what is beyond, such as a middleware, did not build it
            if caller is None:
                caller = frame
        frame = frame.f_back
    return _class_of(caller), manager


def _class_of(frame: FrameType | None) -> Site | None:
    """Return the class of the application for which a library built the queryset: a view with ``model =``, an admin."""
    cls = None if frame is None else type(frame.f_locals.get("self"))
    module = None if cls is None else sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    if cls is None or file is None:
        return None
    kind = _files.get(file)
    return (cls, 0) if (_learn(file) if kind is None else kind) == _APPLICATION else None


def _relation(manager: Any) -> tuple[str | None, Start | None]:
    """Return the accessor of a related manager: each of Django's three kinds knows it by another name.

    The one of a generic relation gives its querysets no hint of the row, which is told here.
    """
    name = getattr(manager, "prefetch_cache_name", None)
    if name is None and (field := getattr(manager, "field", None)) is not None:
        name = accessor(field.remote_field)
    return name, start_of(manager.instance) if hasattr(manager, "content_type_field_name") else None


def accessor(relation: Any) -> str:
    """Return how a relation is followed in Python: by the field's own name, or by the accessor on the other side."""
    return str(getattr(relation, "accessor_name", None) or relation.name)


def _learn(file: str) -> int:
    if file == related_descriptors.__file__ or file.endswith("contenttypes/fields.py"):
        kind = _RELATIONS
    elif file.startswith(_DJANGO_ORM):
        kind = _ORM
    else:
        kind = _LIBRARY if is_library(file) else _APPLICATION
    _files[file] = kind
    return kind


def _learn_managers() -> None:
    """Find the functions that Django makes anew for each relation: all of one name share their code."""
    makers = [
        related_descriptors.create_reverse_many_to_one_manager,
        related_descriptors.create_forward_many_to_many_manager,
    ]
    if fields := sys.modules.get("django.contrib.contenttypes.fields"):
        makers.append(fields.create_generic_related_manager)
    for maker in makers:
        _filtering.update(_codes(maker.__code__, "_apply_rel_filters"))
        _filtering.update(_codes(maker.__code__, "constrained_target"))
        _passing.update(_codes(maker.__code__, "get_queryset"))
    _passing.update(
        _codes(manager.BaseManager.__dict__["_get_queryset_methods"].__func__.__code__, "manager_method")
    )


def _codes(code: CodeType, name: str) -> Iterator[int]:
    """Yield the identities of the functions called ``name`` that are made inside a function."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_name == name:
                yield id(constant)
            yield from _codes(constant, name)


_filtering: set[int] = set()
_passing: set[int] = set()
_following = {
    id(related_descriptors.ForwardManyToOneDescriptor.__get__.__code__),
    id(related_descriptors.ReverseOneToOneDescriptor.__get__.__code__),
}
"""By identity of their code: managers that apply a relation, methods that only pass on, descriptors that load at once."""
