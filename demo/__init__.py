"""Lantern, a small bookshop whose pages each plant one database problem beside a corrected twin."""

from __future__ import annotations
