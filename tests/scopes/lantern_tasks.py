"""Tasks of Django on the bookshop's database. Django 5.2 has none: import this where ``django.tasks`` is."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import connection
from django.tasks import task


def select(mark: str) -> None:
    """Run a statement that can be told from all others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [mark])


@task
def marks(mark: str, times: int) -> int:
    for _ in range(times):
        select(mark)
    return times


@task
async def amarks(mark: str, times: int) -> int:
    for _ in range(times):
        await sync_to_async(select)(mark)
    return times


@task
def fails() -> None:
    select("fails")
    raise ValueError("broken")


@task
def calls() -> None:
    select("calls")
    marks.enqueue("inner", 2)
