"""Pages of the corpus: views that cases ask for through the test client, registered by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PAGES: dict[str, Callable[..., Any]] = {}


def page(view: Callable[..., Any]) -> Callable[..., Any]:
    """Serve a view under ``/corpus/NAME/``, where NAME is that of the function."""
    PAGES[view.__name__] = view
    return view
