"""However a queryset is written, the advice finds the place, and the patched module gives the same with fewer queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from queryscope.profiler.analysis.advice import eager
from tests.analysis.advice.chains import CHAINS
from tests.analysis.advice.kinds import KINDS
from tests.analysis.advice.modules import HEADER, changed, loops, module, run
from tests.analysis.advice.statements import STATEMENTS
from tests.conftest import Recording

SHAPES = CHAINS | STATEMENTS | KINDS
pytestmark = pytest.mark.usefixtures("shelf")


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str, recording: Recording, tmp_path: Path) -> None:
    """The patch is the expected one, its code compiles, and it saves queries."""
    shape = SHAPES[name]
    with module(tmp_path, HEADER + shape.source) as made:
        before = run(recording, made)
        ((origin, paths),) = loops(before.trace).values()
        advice = eager(before.evidence, origin, paths)
        assert advice.diff is not None, (advice, before.trace.spans[0].build_sites)
        source = changed(made, advice.diff)
    assert shape.expected in source, advice.diff
    assert advice.code and advice.code.splitlines()[0].strip() in source
    with module(tmp_path, source) as patched:
        after = run(recording, patched)
    assert after.result == before.result
    assert after.queries < before.queries or (after.queries == before.queries == 2 and "prefetch" in source)
    left = {path for _, found in loops(after.trace).values() for path in found}
    assert not left & set(paths)
