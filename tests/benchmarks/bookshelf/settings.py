"""Settings of the bookshelf; ``QUERYSCOPE_BENCH`` holds, as JSON, the contender's name, its database and its store."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import SITES

_given: dict[str, Any] = json.loads(os.environ["QUERYSCOPE_BENCH"])
_contender = SITES[_given["contender"]]

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "a-key-that-protects-nothing"
# The toolbar works with DEBUG only, so everybody pays what Django itself adds then.
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
INTERNAL_IPS = ["127.0.0.1"]
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": _given["database"]}
ASGI_APPLICATION = "tests.benchmarks.bookshelf.asgi.application"
ROOT_URLCONF = "tests.benchmarks.bookshelf.urls"
CONTENDER_URLS = _contender.urls

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "tests.benchmarks.bookshelf",
    *_contender.apps,
]
MIDDLEWARE = [
    *_contender.middleware,
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEBUG_TOOLBAR_PANELS = ["debug_toolbar.panels.sql.SQLPanel"]
QUERYSCOPE = {"STORE": _given["store"], **_contender.options}
LOGGING = {"version": 1, "loggers": {"django": {"level": "WARNING"}}}
