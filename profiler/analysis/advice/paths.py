"""Chooses between join and prefetch for paths of relations: a join as far as every step has one row at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from queryscope.profiler.trace import Queryset, Relation, Value

Relations = Mapping[tuple[str, str], Relation]
JOINABLE = frozenset({"forward", "one_to_one"})


class Plan(Value, frozen=True, kw_only=True):
    """What to load along: paths for ``select_related``, paths for ``prefetch_related``.

    ``columns`` are foreign keys that ``only()`` has to name as well, ``undefer`` those that ``defer()`` must not. ``mixed``
    are paths that go on behind a generic foreign key, whose rows are of several models.
    """

    join: tuple[str, ...] = ()
    prefetch: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    undefer: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()


def plan(
    relations: Relations, model: str | None, paths: Iterable[str], queryset: Queryset, *, join: bool = True
) -> Plan:
    """Return how to load ``paths`` with rows of ``model``; what ``queryset`` loads already is left out.

    ``join`` is false where the queryset takes no join; then every path is prefetched.
    """
    joins: list[str] = []
    prefetches: list[str] = []
    mixed: list[str] = []
    needed: list[str] = []
    for path in paths:
        steps = path.split("__")
        known = follow(relations, model, steps)
        generic = next(
            (n for n, each in enumerate(known) if each is not None and each.kind == "generic"), None
        )
        if generic is not None and generic + 1 < len(steps):
            mixed.append(path)
            steps, known = steps[: generic + 1], known[: generic + 1]
        joined = _joined(known) if join else []
        joins += ["__".join(joined)] if joined else []
        prefetches += ["__".join(steps)] if len(joined) < len(steps) else []
        needed += _keys(known, steps, len(joined))
    joins = [path for path in joins if path not in queryset.joined or queryset.joined_all]
    prefetches = [path for path in prefetches if path not in queryset.prefetched]
    return Plan(
        join=longest(joins),
        prefetch=longest(prefetches),
        columns=tuple(dict.fromkeys(path for path in needed if _left_out(path, queryset.only))),
        undefer=tuple(
            dict.fromkeys(
                name for path in needed for name in (path, f"{path}_id") if name in queryset.deferred
            )
        ),
        mixed=tuple(dict.fromkeys(mixed)),
    )


def follow(relations: Relations, model: str | None, steps: Iterable[str]) -> list[Relation | None]:
    """Return what is known of each step; behind an unknown one nothing is."""
    known: list[Relation | None] = []
    for name in steps:
        relation = relations.get((model, name)) if model else None
        known.append(relation)
        model = relation.to if relation is not None else None
    return known


def longest(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths, once each, without those that another one leads through anyway."""
    once = tuple(dict.fromkeys(paths))
    return tuple(path for path in once if not any(other.startswith(f"{path}__") for other in once))


def _joined(known: list[Relation | None]) -> list[str]:
    """Return the first steps that a join can take, by the names that ``select_related`` wants."""
    names: list[str] = []
    for relation in known:
        if relation is None or relation.kind not in JOINABLE:
            break
        names.append(relation.name if relation.kind == "forward" else relation.query_name)
    return names


def _keys(known: list[Relation | None], steps: list[str], joined: int) -> list[str]:
    """Return the paths of the foreign keys on the way that must not be deferred."""
    last = max(joined, 1)
    return [
        "__".join(steps[: number + 1])
        for number, relation in enumerate(known[:last])
        if relation is not None and relation.kind == "forward"
    ]


def _left_out(path: str, only: tuple[str, ...]) -> bool:
    """Whether ``only()`` names columns of the model that has the foreign key, and not the key."""
    above, _, name = path.rpartition("__")
    prefix = f"{above}__" if above else ""
    named = [each.removeprefix(prefix) for each in only if each.startswith(prefix)]
    return bool(named) and not any(
        each in {name, f"{name}_id"} or each.startswith(f"{name}__") for each in named
    )
