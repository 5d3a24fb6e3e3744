"""Authors, publishers, genres, books and their reviews."""

from __future__ import annotations
