"""Migrations of the app ``blog``."""

from __future__ import annotations
