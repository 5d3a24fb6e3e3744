"""The app ``catalog`` of the bookshop."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "demo.catalog"
    label = "catalog"
