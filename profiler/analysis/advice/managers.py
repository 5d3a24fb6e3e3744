"""Names the manager of a model, in the words of what was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.profiler.analysis.advice.located import CHAINED, ENDING
from queryscope.profiler.analysis.evidence import Evidence

DJANGOS = "objects"
"""What Django calls the manager of a model that names none."""
_WRITES = ("bulk_create", "create", "get_or_create", "update_or_create")
_ASKED = "|".join(sorted({*CHAINED, *ENDING, *_WRITES, *(f"a{each}" for each in _WRITES)}))


def manager(evidence: Evidence, model: str | None) -> str:
    """Return how the code of the trace names the manager of a model (``catalog.Book``): ``Book.published``.

    Django's own name goes first, for another manager may leave rows out; it is assumed where no line tells.
    """
    name = (model or "").rpartition(".")[2]
    asked = re.compile(rf"(?<![\w.]){re.escape(name)}\.(?P<manager>[a-z]\w*)(?:\.(?:{_ASKED})\(|$|\)|,)")
    found = dict.fromkeys(
        match["manager"] for text in _texts(evidence, model) for match in asked.finditer(text)
    )
    return f"{name}.{DJANGOS if DJANGOS in found or not found else next(iter(found))}"


def related(evidence: Evidence, model: str | None) -> str:
    """Return the manager by which rows of a model are reached through a relation: the default one, where a trace tells."""
    known = (each.manager for each in evidence.trace.relations if each.to == model and each.manager)
    name = next(known, None)
    return manager(evidence, model) if name is None else f"{(model or '').rpartition('.')[2]}.{name}"


def _texts(evidence: Evidence, model: str | None) -> Iterator[str]:
    """Yield the lines that asked for rows of the model, each once."""
    of_model = (span for span in evidence.spans if span.model == model)
    sites = (site for span in of_model for site in (*span.build_sites, span.call_site) if site is not None)
    yield from dict.fromkeys(site.source.rstrip() for site in sites if site.source)
