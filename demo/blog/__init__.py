"""Posts and the comments on them."""

from __future__ import annotations
