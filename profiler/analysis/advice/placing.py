"""Chooses the place of a change: an expression, or the class for which a library builds the queryset; writes it there.

What was written is kept, for the same problem comes with every request: until a file changes, the answer is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from queryscope.profiler.analysis.advice.change import Add, Change, Drop
from queryscope.profiler.analysis.advice.classes import (
    Head,
    admin_list,
    admin_method,
    head_of,
    view_model,
    view_queryset,
)
from queryscope.profiler.analysis.advice.located import Located, calling, located
from queryscope.profiler.analysis.advice.managers import related
from queryscope.profiler.analysis.advice.patch import Patch, diff, patched
from queryscope.profiler.analysis.advice.reading import Reading
from queryscope.profiler.analysis.advice.roots import Root
from queryscope.profiler.analysis.advice.source import Stamp, stamp
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.trace import CallSite, Queryset, Value

_ADMIN = "django/contrib/admin/"
_LIST = ("ModelAdmin.changelist_view", "ChangeList.get_results", "result_list")
"""Functions of the admin's that ask for the rows of a change list."""
_VIEWS = ("django/views/generic/", "rest_framework/")


class Setting(Value, frozen=True, kw_only=True):
    """All that decides about the place: who built the queryset, who asked for its rows, what it brought along."""

    sites: tuple[CallSite, ...]
    call_site: CallSite | None
    queryset: Queryset
    view: str
    admin: bool
    change_list: bool
    generic: bool
    shared: tuple[CallSite, ...] = ()
    """Those of the sites that build querysets for other statements of the trace as well."""
    manager: str = "objects"
    """What the model calls its manager, for places that name the model only."""


class Written(NamedTuple):
    """A change in its place: where, what the code reads like, and the diff where there is one."""

    site: CallSite | None
    code: str | None
    diff: str | None


def setting_of(evidence: Evidence, root: Root) -> Setting:
    """Return what decides about the place of a change to ``root``."""
    generic = any(map(root.driven_by, _VIEWS))
    asks_model = generic or any(
        "_or_404(" in (site.source or "") for site in (*root.sites, root.call_site) if site
    )
    return Setting(
        sites=root.sites,
        call_site=root.call_site,
        queryset=root.queryset,
        view=evidence.trace.view or "",
        admin=root.driven_by(_ADMIN),
        change_list=root.driven_by(_ADMIN, *_LIST),
        generic=generic,
        shared=_shared(evidence, root) if len(root.sites) > 1 else (),
        manager=related(evidence, root.model).rpartition(".")[2] if asks_model else "objects",
    )


def _shared(evidence: Evidence, root: Root) -> tuple[CallSite, ...]:
    # By identity: statements of one place share their sites, and comparing them all takes milliseconds.
    others = {
        id(span.build_sites): span.build_sites
        for span in evidence.spans
        if span.queryset is not None and not span.queryset.values and span.build_sites is not root.sites
    }
    differing = [sites for sites in others.values() if sites != root.sites]
    return tuple(site for site in root.sites if any(site in sites for sites in differing))


def written(setting: Setting, change: Change, reading: Reading | None) -> Written:
    """Return the change written where it belongs; what needs to be read elsewhere too has no diff without ``reading``."""
    if reading is None:
        return _written(setting, change, _stamps(setting))
    patch = _patch(setting, change)
    if patch is None:
        return Written(likely(setting), None, None)
    return Written(patch.site, reading.behind(patch), diff([patch.part, *reading.parts]))


def target(setting: Setting) -> CallSite | None:
    """Return the line that a change of the queryset edits."""
    return _target_site(setting, _stamps(setting))


def likely(setting: Setting) -> CallSite | None:
    """Return the line to look at where no place is beyond doubt."""
    return setting.sites[-1] if setting.sites else setting.call_site


def _stamps(setting: Setting) -> tuple[Stamp | None, ...]:
    sites = (*setting.sites, *([setting.call_site] if setting.call_site else []))
    return tuple(map(stamp, dict.fromkeys(site.file for site in sites)))


@lru_cache(maxsize=512)
def _written(setting: Setting, change: Change, stamps: tuple[Stamp | None, ...]) -> Written:
    patch = _patch(setting, change)
    if patch is None:
        return Written(likely(setting), None, None)
    whole = not any(step.needs for step in change.added)
    return Written(patch.site, patch.code, diff([patch.part]) if whole else None)


@lru_cache(maxsize=512)
def _target_site(setting: Setting, stamps: tuple[Stamp | None, ...]) -> CallSite | None:
    spot = _target(setting, _spots(setting))
    return spot.site if spot else likely(setting)


def _patch(setting: Setting, change: Change) -> Patch | None:
    """Return the change as a patch: of the class where a library builds the queryset, else of the expression."""
    if not change.steps:
        return None
    spots = _spots(setting)
    view = _view(setting, spots) if all(isinstance(step, Add) for step in change.steps) else None
    patch = patched(change, view, spots) if view is not None else None
    if patch is not None:
        return patch
    target = _target(setting, spots)
    heads = list(_heads(setting)) if setting.admin or target is None else []
    if setting.admin and (patch := _listed(setting, change, heads)):
        return patch
    if target is not None:
        return patched(change, target, spots)
    for site, head in heads:
        if setting.admin:
            patch = admin_method(site, head, change)
        elif _is_view(setting, site):
            queryset = view_queryset(site, head)
            patch = (
                patched(change, queryset, [queryset])
                if queryset
                else view_model(site, head, change, setting.manager)
            )
        else:
            patch = None
        if patch:
            return patch
    return None


def _listed(setting: Setting, change: Change, heads: Sequence[tuple[CallSite, Head]]) -> Patch | None:
    """Return the patch of ``list_select_related``, where joins are all that is changed and the change list obeys it."""
    if {step.method for step in change.steps if isinstance(step, (Add, Drop))} != {"select_related"}:
        return None
    if len(change.steps) > 1 or not setting.change_list:
        return None
    joined = setting.queryset.joined
    for site, head in heads:
        if not f".{setting.view}".endswith(f".{head.node.name}.changelist_view"):
            continue  # another admin inherits from this one, and may have a list of its own
        if "list_select_related" not in head.attributes and joined and not _by_django(setting, head):
            continue  # get_queryset() joins by itself, and the list then leaves it at that
        read = tuple(path for path in joined if path in setting.queryset.read)
        if patch := admin_list(site, head, change, read):
            return patch
    return None


def _by_django(setting: Setting, head: Head) -> bool:
    """Tell whether it was the change list that joined: without names before Django 6.1, by their names since."""
    own = "get_queryset" in head.text or any(site.column is not None for site in setting.sites)
    return setting.queryset.joined_all or not own


def _spots(setting: Setting) -> list[Located]:
    found = map(located, setting.sites)
    return [spot._replace(manager=setting.manager) for spot in found if spot is not None]


def _target(setting: Setting, spots: Sequence[Located]) -> Located | None:
    """Return the expression to edit: the last one of the function that came last, but none inside a branch of it.

    What the function derives for other statements from the same expression would be changed with it, and goes last.
    """
    here = setting.call_site if setting.call_site not in setting.sites else None
    asked = located(here) if here else None
    asked = asked._replace(manager=setting.manager) if asked is not None else None
    if not spots:
        return None if any(site.column is None for site in setting.sites) else asked
    last = spots[-1].site
    if spots[-1].inherited and asked is not None and asked.site.function != last.function:
        return asked  # the caller of a manager's method, rather than the method that serves all of them
    near = [spot for spot in spots if (spot.site.file, spot.site.function) == (last.file, last.function)]
    return min(reversed(near), key=lambda spot: (spot.site in setting.shared, spot.depth))


def _view(setting: Setting, spots: Sequence[Located]) -> Located | None:
    """Return the call of a method that serves others as well, where the line that evaluates its rows has it."""
    here = setting.call_site
    if here is None or setting.admin or not spots or not spots[-1].inherited:
        return None
    last = spots[-1].site
    if (here.file, here.function) == (last.file, last.function):
        return None
    found = calling(here, last.function.rpartition(".")[2])
    return found._replace(manager=setting.manager) if found is not None else None


def _heads(setting: Setting) -> Iterator[tuple[CallSite, Head]]:
    for site in reversed(setting.sites):
        if site.column is None or site.function.endswith(".get_queryset"):
            head = head_of(site)
            if head is not None:
                yield site, head


def _is_view(setting: Setting, site: CallSite) -> bool:
    return f".{setting.view}".endswith(f".{site.function}") or setting.generic
