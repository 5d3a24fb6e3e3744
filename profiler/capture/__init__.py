"""Recording: hooks on Django's connections feed the active recorder, and what it holds becomes a Trace later."""

from __future__ import annotations
