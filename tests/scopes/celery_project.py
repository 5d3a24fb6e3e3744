"""A Celery project with the bookshop's settings: what a host's ``celery.py`` and ``tasks.py`` would be."""

from __future__ import annotations

import os
import time
from threading import Thread
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.db import connection

BROKER = "redis://127.0.0.1:6379/9"

app = Celery("lantern", broker=BROKER, backend=BROKER)
app.conf.update(
    task_default_queue=os.environ.get("LANTERN_QUEUE", "lantern"),
    result_expires=60,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)


@worker_init.connect
def busy_before_the_fork(sender: Any, **_: Any) -> None:
    """Leave the pool's children a thread of ours that they do not have, and a recorder that is open."""
    from queryscope.profiler import pipeline
    from queryscope.profiler.scopes.block import profile

    with profile("before the fork"):
        pass
    pipeline.flush(10)
    if sender.pool_cls.__module__.endswith("prefork"):
        profile("open at the fork").__enter__()


def select(mark: str) -> None:
    """Run a statement that can be told from all others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [mark])


@app.task
def marks(mark: str, times: int) -> int:
    """Run some statements, with room for others in between, and tell in which process."""
    for _ in range(times):
        select(mark)
        time.sleep(0.002)
    return os.getpid()


@app.task
def goes_on() -> None:
    """Leave a thread behind that outlives the task, and ends with its process."""

    def loop() -> None:
        while True:
            select("goes on")
            time.sleep(0.01)

    Thread(target=loop, daemon=True).start()


@app.task
def fails() -> None:
    select("fails")
    raise ValueError("broken")


@app.task(bind=True, max_retries=1)
def retries(self: Any) -> int:
    """Succeed the second time."""
    select("retries")
    if not self.request.retries:
        raise self.retry(exc=ValueError("not yet"), countdown=0)
    return os.getpid()


@app.task
def calls() -> None:
    """Run another task at once."""
    select("calls")
    marks.apply(("inner", 2))
