"""Runs a module written for one test while it is recorded, and again as the advice changes it."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.config import Config
from queryscope.profiler.scopes.block import profile
from queryscope.profiler.trace import Origin, Span, Trace
from tests.analysis.advice.applying import apply
from tests.conftest import Recording

_numbers = itertools.count()
HEADER = "from demo.blog.models import Comment\nfrom demo.catalog.models import *\nfrom django.shortcuts import *\n"


class Ran(NamedTuple):
    """What a module returned, and what it asked for meanwhile."""

    result: Any
    trace: Trace

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.trace, Config())

    @property
    def queries(self) -> int:
        return len(self.evidence.spans)


@contextmanager
def module(folder: Path, source: str, encoding: str = "utf-8") -> Iterator[Any]:
    """Yield a module of this source, which has a file of its own."""
    name = f"shape_{next(_numbers)}"
    file = folder / f"{name}.py"
    file.write_bytes(source.encode(encoding))
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    try:
        spec.loader.exec_module(made)
        yield made
    finally:
        del sys.modules[name]


def run(recording: Recording, made: Any, work: Callable[[Any], Any] = lambda made: made.run()) -> Ran:
    """Return what ``run()`` of a module gives, recorded."""
    with profile("shape"):
        result = work(made)
    return Ran(result, recording.trace)


def loops(trace: Trace) -> dict[int, tuple[Origin, list[str]]]:
    """Return the relations that were followed row by row, by the root they lead from, with the origin furthest away.

    Where none was followed from several rows, one row counts.
    """
    loads = [
        span for span in trace.spans if span.origin and span.load in {"forward", "reverse", "many", "generic"}
    ]
    times = Counter((span.origin and span.origin.root, path_of(span)) for span in loads)
    most = 2 if max(times.values(), default=0) > 1 else 1
    found: dict[int, tuple[Origin, list[str]]] = {}
    for span in loads:
        if span.origin and times[span.origin.root, path_of(span)] >= most:
            origin, paths = found.setdefault(span.origin.root, (span.origin, []))
            paths += [path_of(span)] if path_of(span) not in paths else []
            found[span.origin.root] = max(origin, span.origin, key=lambda each: len(each.path)), paths
    return found


def path_of(span: Span) -> str:
    """Return the path from the root's model to the rows of a statement."""
    return "__".join(filter(None, [span.origin and span.origin.path, span.relation]))


def changed(made: Any, diff: str, encoding: str = "utf-8") -> str:
    """Return the source of a module after a diff."""
    return apply(diff, Path(made.__file__).read_bytes().decode(encoding))
