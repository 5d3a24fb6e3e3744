"""Customers, orders and the cart."""

from __future__ import annotations
