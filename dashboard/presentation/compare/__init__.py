"""The page that sets two traces side by side."""

from __future__ import annotations
