"""The bookshop with a database and a store in the folder that ``LANTERN_FOLDER`` names, so that tests touch nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from demo.settings import *

FOLDER = Path(os.environ["LANTERN_FOLDER"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "lantern.sqlite3",
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
QUERYSCOPE = {"STORE": str(FOLDER / "store" / "store.sqlite3")}
if "LANTERN_ROOT_PREFIX" in os.environ:
    FORCE_SCRIPT_NAME = os.environ["LANTERN_ROOT_PREFIX"]
