"""``manage.py seed``: empties the shop and fills it, the same every time."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from demo.seeding.shop import fill, refresh_statistics


class Command(BaseCommand):
    help = "Empty the bookshop and fill it with books, reviews, orders and posts, the same every time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--scale", type=float, default=1.0, help="share of the full data, above 0 (default: 1)"
        )

    def handle(self, *args: Any, scale: float, **options: Any) -> None:
        if scale <= 0:
            raise CommandError(f"--scale is {scale}; it takes a number above 0.")
        started = time.perf_counter()
        rows = fill(scale)
        refresh_statistics()
        if options["verbosity"]:
            listed = ", ".join(f"{rows[name]:,} {name}" for name in ("books", "reviews", "orders", "posts"))
            self.stdout.write(f"The shop holds {listed} ({time.perf_counter() - started:.1f} s).")
