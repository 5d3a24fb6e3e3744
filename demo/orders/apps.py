"""The app ``orders`` of the bookshop."""

from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "demo.orders"
    label = "orders"
