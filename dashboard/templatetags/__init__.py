"""Template tags of the dashboard's own pages."""

from __future__ import annotations
