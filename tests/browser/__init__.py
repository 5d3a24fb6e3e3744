"""Tests that drive a real Chromium against the real bookshop under Daphne."""

from __future__ import annotations
