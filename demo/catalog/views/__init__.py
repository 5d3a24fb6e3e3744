"""Pages that each plant one problem; ``fixed`` beside this folder holds the same pages without it."""

from __future__ import annotations
