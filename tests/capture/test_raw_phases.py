"""The phases of ``.raw()``, which has no compiler that would say when it began."""

from __future__ import annotations

import pytest

from demo.catalog.models import Country
from queryscope.profiler.scopes.block import profile
from tests.conftest import Recording


@pytest.mark.django_db
def test_the_compilation_of_raw_sql_is_not_longer_than_its_unit_of_work(recording: Recording) -> None:
    """It begins with the first row that is asked for, not with the clock of the machine."""
    with profile("raw"):
        list(Country.objects.raw("SELECT * FROM catalog_country"))
    trace = recording.trace
    (span,) = [span for span in trace.spans if span.load == "raw"]
    assert 0 <= (span.phases.compile_ms or 0) < trace.duration_ms
