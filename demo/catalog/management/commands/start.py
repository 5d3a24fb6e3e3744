"""``manage.py start``: sets the shop up where needed and serves it with queryscope beside it."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from demo.catalog.models import Book
from demo.databases import create_missing
from demo.ports import HOST, port_asked_for, refuse_taken
from demo.seeding.shop import fill, refresh_statistics


class Command(BaseCommand):
    help = "Migrate and fill the bookshop where needed, then serve it on 127.0.0.1:$PORT (8000)."
    # `runserver` runs them, once.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--noreload", action="store_true", help="do not restart when a file changes")

    def handle(self, *args: Any, noreload: bool, **options: Any) -> None:
        port = port_asked_for()
        # The autoreloader runs this command again in a child process; the parent has prepared everything.
        if os.environ.get("RUN_MAIN") != "true":
            self._prepare(port)
        call_command("runserver", f"{HOST}:{port}", use_reloader=not noreload, skip_checks=False)

    def _prepare(self, port: int) -> None:
        refuse_taken(port)
        create_missing(connection)
        call_command("migrate", verbosity=0)
        if not Book.objects.exists():
            self.stdout.write("Filling the shop, once; this takes some seconds.")
            self.stdout.flush()
            fill()
            refresh_statistics()
        connection.close()
        address = f"http://{HOST}:{port}"
        self.stdout.write(
            f"\n  Bookshop     {address}/\n"
            f"  queryscope   {address}/queryscope/\n"
            f"  Admin        {address}/admin/  (admin, password admin)\n"
        )
        self.stdout.flush()
