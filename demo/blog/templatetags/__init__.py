"""Template tags of the blog."""

from __future__ import annotations
