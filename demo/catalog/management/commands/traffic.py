"""``manage.py traffic``: sends a mixed load to the running bookshop and stops by itself."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from urllib.error import URLError

from django.core.management.base import BaseCommand, CommandError

from demo.ports import HOST, port_asked_for
from demo.traffic import play


class Command(BaseCommand):
    help = "Visit the running bookshop's pages, buy, sign in and get lost, for a limited time."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--requests", type=int, default=300, help="visits to make at most (default: 300)")
        parser.add_argument("--rate", type=float, default=5.0, help="visits a second (default: 5)")
        parser.add_argument("--seconds", type=float, default=60.0, help="stop after that long (default: 60)")
        parser.add_argument("--seed", type=int, default=1, help="another number, another mix (default: 1)")
        parser.add_argument("--url", default="", help="where the shop runs (default: 127.0.0.1:$PORT)")

    def handle(
        self, *args: Any, requests: int, rate: float, seconds: float, seed: int, url: str, **options: Any
    ) -> None:
        for name, value in (("requests", requests), ("rate", rate), ("seconds", seconds)):
            if value <= 0:
                raise CommandError(f"--{name} is {value}; it takes a number above 0.")
        base = url.rstrip("/") or f"http://{HOST}:{port_asked_for()}"
        self.stdout.write(f"Visiting {base} for at most {seconds:g} s, Ctrl-C stops earlier.")
        self.stdout.flush()
        try:
            statuses = play(base, requests, rate, seconds, seed)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
            return
        except URLError as error:
            raise CommandError(
                f"Nothing answers at {base} ({error.reason}). Start the shop first: make demo"
            ) from None
        listed = ", ".join(f"{count} × {status or 'no answer'}" for status, count in sorted(statuses.items()))
        self.stdout.write(f"{statuses.total()} answers: {listed}.")
