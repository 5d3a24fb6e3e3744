"""One page of the map: where it is, what it plants, and where its corrected twin is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Page:
    """One page that plants one problem, and its corrected twin under ``/fixed/``."""

    area: str
    route: str
    """As ``path()`` takes it, without a leading slash."""
    view: str
    """``app.module.function``: the planted one lies in ``app/views/``, the corrected one in ``app/fixed/``."""
    rule: str
    title: str
    planted: str
    """One sentence: what goes wrong, and where."""
    query: str = ""
    example: str = ""
    """A slug where the route takes one."""
    method: str = "GET"
    data: Mapping[str, str] = field(default_factory=dict)
    staff: bool = False
    shows: str = "html"
    databases: str = "sqlite postgresql mysql"
    """Where the problem can be seen; SQLite has no row estimates."""

    @property
    def url(self) -> str:
        return self._address("/")

    @property
    def fixed_url(self) -> str:
        return self._address("/fixed/")

    def _address(self, prefix: str) -> str:
        path = self.route.replace("<slug:slug>", self.example)
        return f"{prefix}{path}?{self.query}" if self.query else f"{prefix}{path}"
