"""Migrations of the app ``orders``."""

from __future__ import annotations
