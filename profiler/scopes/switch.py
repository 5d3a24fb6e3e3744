"""One switch for every hook: ``install`` puts them in place at start-up, ``uninstall`` takes all of them away again."""

from __future__ import annotations

from collections.abc import Collection

from queryscope.profiler.capture import guard, hooks
from queryscope.profiler.scopes import celery, channels, commands, tasks, threads

_HOOKED = (("message", channels), ("task", celery), ("task", tasks), ("command", commands))
"""Kinds that need a hook besides the middleware, with the module that has it."""
TESTED = frozenset({"message", "task"})
"""Kinds to hook while tests run: the commands that make the test database are not what anybody wants to look at."""


def install(kinds: Collection[str]) -> None:
    """Hook the connections, and what does work of these kinds; cheap when that was done before."""
    hooks.install()
    # Threads of every kind of work are followed, also where the background is no kind that is recorded.
    for module in [threads, *(module for kind, module in _HOOKED if kind in kinds)]:
        try:
            module.install()
        except Exception:
            guard.report(f"the installation of {module.__name__}")


def uninstall() -> None:
    """Take every hook away."""
    threads.uninstall()
    celery.uninstall()
    tasks.uninstall()
    hooks.uninstall()  # it puts back whatever was patched
