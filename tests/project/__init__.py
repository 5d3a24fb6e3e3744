"""A host of the tests' own: views that run statements in every way, on the bookshop's models."""

from __future__ import annotations
