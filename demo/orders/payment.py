"""Stands in for a payment provider on the other side of a network."""

from __future__ import annotations

import time
from decimal import Decimal

PROVIDER_SECONDS = 0.25


def authorise(amount: Decimal) -> bool:
    """Return whether ``amount`` may be charged, after the time a provider takes to answer."""
    time.sleep(PROVIDER_SECONDS)
    return amount > 0
