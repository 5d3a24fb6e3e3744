"""Turns the evaluations of a trace into its origins: which statement fetched the rows that a load started from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from queryscope.profiler.capture.build_sites import BuildSites
from queryscope.profiler.capture.evaluation import Evaluation
from queryscope.profiler.capture.querysets import queryset_of
from queryscope.profiler.capture.quiet import quiet
from queryscope.profiler.capture.redaction import Redaction
from queryscope.profiler.capture.relations import relations_of
from queryscope.profiler.capture.sites import Places
from queryscope.profiler.capture.values import shown
from queryscope.profiler.trace import CallSite, Load, Origin, Queryset, Relation

_KEY_CHARS = 200


class Beginning(NamedTuple):
    """What a statement of the ORM began with, in the words of a Span."""

    model: str | None
    build_sites: tuple[CallSite, ...]
    load: Load | None
    relation: str | None
    origin: Origin | None
    parent_row: str | None
    queryset: Queryset | None


NONE = Beginning(None, (), None, None, None, None, None)


class Origins:
    """Numbers the evaluations of one trace in the order in which they are met."""

    def __init__(self, sites: BuildSites, redaction: Redaction) -> None:
        self._sites, self._redaction = sites, redaction
        self._known: dict[Evaluation, Origin] = {}
        self._spans: dict[Evaluation, int] = {}
        self._apart: set[Evaluation] = set()
        """Those that ran while a relation was followed, and are no part of it."""
        self._written: set[Any] = set()

    def beginning(
        self, evaluation: Evaluation | None, number: int, places: Places, select: bool
    ) -> Beginning:
        """Return what statement ``number`` began with; of a bare cursor nothing is known."""
        if evaluation is None:
            return NONE
        self._spans[evaluation] = number
        model = _label(evaluation.model)
        if model and not select:
            self._written.add(evaluation.model)
        sites = self._sites.of(evaluation.built.sites)
        followed = evaluation.load is not None and not _interrupted(places.depth, evaluation.load_depth)
        if not followed:
            self._apart.add(evaluation)
            # A queryset that is evaluated where it is built, by ``get()``, has no other place.
            here = None if places.via_template else places.call_site
            sites = sites or ((here,) if select and model and here else ())
            return Beginning(
                model, sites, "queryset" if select and model else None, None, None, None, queryset_of(evaluation)
            )  # fmt: skip
        origin = None if evaluation.parent is None else self._origin(evaluation.parent)
        return Beginning(
            model, sites, evaluation.load, evaluation.relation, origin, self._row(evaluation, origin),
            queryset_of(evaluation),
        )  # fmt: skip

    def quiet(self) -> dict[str, tuple[str, ...]]:
        """Return the models that were written with nothing else happening, with the fields that one statement may change."""
        found = {str(model._meta.label): quiet(model) for model in self._written}
        return {label: fields for label, fields in sorted(found.items()) if fields is not None}

    def relations(self) -> tuple[Relation, ...]:
        """Return what the models say of the relations that were followed, joined or prefetched, in order of model and name."""
        found = {(relation.model, relation.name): relation for relation in self._followed()}
        return tuple(relation for _, relation in sorted(found.items()))

    def _followed(self) -> Iterator[Relation]:
        for evaluation in dict.fromkeys((*self._spans, *self._known)):
            parent, reading = evaluation.parent, evaluation.reading
            if parent is not None and evaluation.relation:
                yield from relations_of(parent.model, {evaluation.relation: reading})
            yield from relations_of(evaluation.model, reading.joined)

    def _origin(self, evaluation: Evaluation) -> Origin:
        known = self._known.get(evaluation)
        if known is not None:
            return known
        above = None if evaluation in self._apart else evaluation.parent
        parent = None if above is None else self._origin(above)
        number = len(self._known) + 1
        path = [] if parent is None else [parent.path, evaluation.relation or ""]
        origin = Origin(
            id=number,
            parent=None if parent is None else parent.id,
            root=number if parent is None else parent.root,
            model=_label(evaluation.model) or "",
            path="__".join(filter(None, path)),
            build_sites=self._sites.of(evaluation.built.sites) if parent is None else parent.build_sites,
            span=self._spans.get(evaluation.statement),
        )
        self._known[evaluation] = origin
        return origin

    def _row(self, evaluation: Evaluation, origin: Origin | None) -> str | None:
        if evaluation.row is None:
            return None
        key = ",".join(str(shown(value, _KEY_CHARS)) for value in evaluation.row)
        return self._redaction.pseudonym(f"row:{origin.model if origin else ''}:{key}")


def _interrupted(line: int | None, load: int) -> bool:
    """Return whether the application's line lies nearer to the statement than the frame that follows a relation."""
    return line is not None and line < load


def _label(model: Any) -> str | None:
    return None if model is None else str(model._meta.label)
