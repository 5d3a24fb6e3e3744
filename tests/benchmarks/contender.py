"""The process of one contender: reads a command a line from its input, does it, answers with a line of JSON.

Each contender has a process, a database and settings of its own, so that what one puts into Django touches no other.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from datetime import date, timedelta
from time import perf_counter, process_time, thread_time
from typing import Any
from wsgiref.util import setup_testing_defaults

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

TRACE_LIMIT_SECONDS = 60


def main() -> None:
    """Serve commands until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a contender prints must not be taken for an answer
    django.setup()
    commands = {
        "seed": seed,
        "migrate": migrate,
        "page": Pages().page,
        "beside": beside,
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


class Pages:
    """Serves pages as a WSGI server would, in this thread."""

    def __init__(self) -> None:
        self._application: Any = None

    def page(self, path: str) -> dict[str, float]:
        """Serve one page; return its wall time and its CPU in seconds: of this thread, and of the process until nothing
        is left to do in the background."""
        gc.collect()
        process, thread, wall = process_time(), thread_time(), perf_counter()
        size = self.serve(path)
        answer = {"wall": perf_counter() - wall, "thread": thread_time() - thread, "bytes": size}
        settle()
        return answer | {"process": process_time() - process}

    def wall(self, path: str) -> float:
        """Serve one page; return its wall time in seconds."""
        start = perf_counter()
        self.serve(path)
        return perf_counter() - start

    def serve(self, path: str) -> int:
        """Serve one page; return the bytes of its body. Raises RuntimeError where it is no page."""
        self._application = self._application or get_wsgi_application()
        environ: dict[str, Any] = {"PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1", "HTTP_ACCEPT": "text/html"}
        setup_testing_defaults(environ)
        status: list[str] = []
        response = self._application(environ, lambda line, headers: status.append(line))
        body = b"".join(response)
        response.close()
        if status != ["200 OK"]:
            raise RuntimeError(f"{path} answered {status}: {body[:2000]!r}")
        return len(body)


def beside(path: str, behind: str, limit: int) -> dict[str, list[float]]:
    """Serve ``path`` alone, then ``behind`` and at once ``path`` again and again while the trace of ``behind`` is worked
    on, both at most ``limit`` times; return the wall times in seconds."""
    from queryscope.profiler import pipeline

    pages, alone, with_work = Pages(), [], []
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


def recorded() -> dict[str, Any]:
    """Return what queryscope stored of the last page: its queries, and the frames of the last query's stack."""
    from queryscope.profiler.store import current_store

    store = current_store()
    trace = store.report(store.resolve("last")).trace
    last = trace.spans[-1]
    template = last.template_site.name if last.template_site else None
    return {"queries": trace.queries, "frames": len(last.stack), "template": template}


def settle() -> None:
    """Wait until what was recorded is stored. Raises RuntimeError where that takes too long."""
    pipeline = sys.modules.get("queryscope.profiler.pipeline")
    if pipeline is not None and not pipeline.flush(TRACE_LIMIT_SECONDS):
        raise RuntimeError(f"queryscope did not write its traces within {TRACE_LIMIT_SECONDS} s")


if __name__ == "__main__":
    main()
