"""The process of one contender: reads a command a line from its input, does it, answers with a line of JSON.

Each contender has a process, a database and settings of its own, so that what one puts into Django touches no other.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import django
from django.core.management import call_command

from tests.benchmarks.serving import Pages, end_background, settle


def main() -> None:
    """Serve commands until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a contender prints must not be taken for an answer
    django.setup()
    # Every server has threads, and libc takes a longer way through its locks (SQLite's too) from the first one on.
    Thread(target=int).start()
    pages = Pages()
    commands = {
        "seed": seed,
        "migrate": migrate,
        "hook": hook,
        "slowed": slowed,
        "page": pages.page,
        "count": pages.count,
        "beside": beside,
        "grow": grow,
        "recorded": recorded,
    }
    for line in sys.stdin:
        name, arguments = json.loads(line)
        answers.write(json.dumps(commands[name](**arguments)) + "\n")


def seed(rows: int) -> None:
    """Make the tables of the bookshelf with ``rows`` books, each by an author of its own."""
    from django.db import connection

    from tests.benchmarks.bookshelf.models import Author, Book

    with connection.schema_editor() as editor:
        editor.create_model(Author)
        editor.create_model(Book)
    Author.objects.bulk_create(Author(name=f"Author {n}", country="GB") for n in range(rows))
    first = date(1990, 1, 1)
    Book.objects.bulk_create(
        Book(title=f"Book {n}", author=author, price=n % 50, published=first + timedelta(days=n % 9000))
        for n, author in enumerate(Author.objects.order_by("pk"))
    )


def migrate() -> None:
    """Make the tables that the contender and Django's own apps bring."""
    call_command("migrate", verbosity=0, interactive=False)


def hook() -> None:
    """Have every hook of queryscope put in place, as by the first recording of a process; mark the ends of its own work."""
    from queryscope.profiler import pipeline
    from queryscope.profiler.scopes.block import profile

    with profile("hook"):
        pass
    settle()
    pipeline.on_stored(_end_background)


def slowed(times: int) -> None:
    """Have queryscope keep the stretches that it keeps at full speed: where code runs ``times`` slower, all are longer."""
    if lanes := sys.modules.get("queryscope.profiler.capture.lanes"):
        lanes.LEAST_NS *= times


def _end_background(seq: int) -> None:
    end_background()


def beside(path: str, behind: str, limit: int) -> dict[str, list[float]]:
    """Serve ``path`` alone, then ``behind`` and at once ``path`` again and again while the trace of ``behind`` is worked
    on, both at most ``limit`` times; return the wall times in seconds."""
    from queryscope.profiler import pipeline

    pages = Pages()
    alone: list[float] = []
    with_work: list[float] = []
    pages.serve(path)
    settle()
    for _ in range(limit):
        alone.append(pages.wall(path))
        settle()
    pages.serve(behind)
    while len(with_work) < limit and not pipeline.flush(0):
        with_work.append(pages.wall(path))
    settle()
    return {"alone": alone, "beside": with_work}


def grow(path: str, requests: int, watched: bool) -> int:
    """Serve ``path`` so many times, with a look at the live page now and then if it is ``watched``; return the bytes of
    memory that the process then has."""
    pages = Pages()
    for number in range(requests):
        pages.serve(path)
        if not number % 20:
            settle()
            if watched:
                _look()
    settle()
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _look() -> None:
    from queryscope.dashboard import window

    window.read()


def recorded() -> dict[str, Any]:
    """Return what queryscope stored of the last page: its queries, and the frames of the last query's stack."""
    from queryscope.profiler.store import current_store

    store = current_store()
    trace = store.report(store.resolve("last")).trace
    last = trace.spans[-1]
    template = last.template_site.name if last.template_site else None
    return {"queries": trace.queries, "frames": len(last.stack), "template": template}


if __name__ == "__main__":
    main()
