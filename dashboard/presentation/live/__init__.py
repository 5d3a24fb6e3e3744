"""The live page: list, filter, drawings, session bar, and what stands there before the first trace."""

from __future__ import annotations
