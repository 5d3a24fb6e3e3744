"""Migrations of the app ``catalog``."""

from __future__ import annotations
