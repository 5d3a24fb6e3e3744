"""``manage.py start``: sets the shop up where needed and serves it with queryscope beside it."""

from __future__ import annotations

import os
import socket
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from demo.catalog.models import Book
from demo.databases import create_missing
from demo.seeding.shop import fill

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Migrate and fill the bookshop where needed, then serve it on 127.0.0.1:$PORT (8000)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        port = port_asked_for()
        # The autoreloader runs this command again in a child process; the parent has prepared everything.
        if os.environ.get("RUN_MAIN") != "true":
            self._prepare(port)
        call_command("runserver", f"{HOST}:{port}")

    def _prepare(self, port: int) -> None:
        refuse_taken(port)
        create_missing(connection)
        call_command("migrate", verbosity=0)
        if not Book.objects.exists():
            self.stdout.write("Filling the shop, once …")
            self.stdout.flush()
            fill()
        connection.close()
        address = f"http://{HOST}:{port}"
        self.stdout.write(
            f"\n  Bookshop     {address}/\n"
            f"  queryscope   {address}/queryscope/\n"
            f"  Admin        {address}/admin/   (admin, password admin)\n"
        )
        self.stdout.flush()


def port_asked_for() -> int:
    """Return ``$PORT``, 8000 where it is not set.

    Raises CommandError where it is no port.
    """
    text = os.environ.get("PORT") or "8000"
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise CommandError(f"PORT is {text!r}; it takes a number from 1 to 65535.")
    return int(text)


def refuse_taken(port: int) -> None:
    """Raise CommandError where something else listens on ``port``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken ({error.strerror}). Choose another: PORT={port + 1}"
            ) from None
