"""The corrected twins of the pages in ``views``."""

from __future__ import annotations
