"""The template engine of the pages, beside what the host set for its own."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from django.dispatch import Signal
from django.test import signals

from queryscope.dashboard.pages import render_to_string
from queryscope.dashboard.presentation.live.row import row
from queryscope.profiler.config import Config
from tests.builders import summary


def rows(**changes: Any) -> str:
    page = {"rows": [row(summary(**changes), Config(), UTC)]}
    return render_to_string("queryscope/_rows.html", page)


def test_numbers_in_attributes_have_no_separators_of_the_host(settings: Any) -> None:
    """The script reads them, and an address with 1.234 in it leads nowhere."""
    settings.LANGUAGE_CODE = "de"
    settings.USE_THOUSAND_SEPARATOR = True
    settings.DECIMAL_SEPARATOR = ","
    html = rows(seq=12_345, queries=1_800)
    assert 'id="r-12345"' in html and 'data-seq="12345"' in html and 'data-q="1800"' in html
    assert re.search(r'data-at="\d+"', html)
    assert ">1,800</td>" in html


def test_nul_is_seen() -> None:
    """A browser would drop it: the text read as if it were not there."""
    assert "/a\ufffdb" in rows(path="/a\0b")


def test_nobody_hears_of_our_templates() -> None:
    """The toolbar listens in every thread: it would keep our rows as part of the host's page."""
    heard: list[str] = []
    signal: Signal = signals.template_rendered

    def hear(sender: Any, template: Any, **_: Any) -> None:
        heard.append(template.name)

    signal.connect(hear)
    try:
        assert 'id="r-7"' in rows(seq=7)
    finally:
        signal.disconnect(hear)
    assert heard == []
