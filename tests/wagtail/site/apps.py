"""The app of the newsroom, under a label that says what it is."""

from __future__ import annotations

from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    """Page types and one snippet."""

    name = "tests.wagtail.site"
    label = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"
