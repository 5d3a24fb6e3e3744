"""Makes the shop's data: the same for the same scale, on every machine."""

from __future__ import annotations
