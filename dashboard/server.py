"""Daphne as ``serve`` runs it: it ends what is open before it stops. Importing this puts Daphne's reactor in place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from daphne.server import Server as Daphne
from daphne.server import defer, reactor

STOP_SECONDS = 3.0


class Server(Daphne):  # type: ignore[misc]
    """A Daphne that stops cleanly with sockets open."""

    def serve(self, ready: Callable[[], None]) -> None:
        """Run until Ctrl-C; ``ready`` is called once connections are accepted and Ctrl-C would be heard."""
        self.ready_callable = lambda: reactor.callWhenRunning(ready)
        self.run()

    def kill_all_applications(self) -> Any:
        """End all applications and wait for them.

        Daphne's own fails with KeyError where a connection became a socket a moment ago (its HTTP half has no
        application), and goes on at the first that ended: what is left then is torn down with the interpreter.
        """
        open_now = [details.get("application_instance") for details in self.connections.values()]
        running = {task for task in open_now if task is not None and not task.done()}
        for task in running:
            task.cancel()
        if not running:
            return defer.succeed(None)
        return defer.Deferred.fromFuture(asyncio.ensure_future(asyncio.wait(running, timeout=STOP_SECONDS)))
