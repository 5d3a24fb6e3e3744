"""The page of one view: its latest traces as a picture and a table, and its problems."""

from __future__ import annotations
