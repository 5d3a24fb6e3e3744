"""Lets a process fork only while none of its threads is inside the database library: the child would inherit that
library's locks as they were at that moment, held by a thread that does not exist there, and wait for them for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

WAIT_SECONDS = 1.0
"""How long a fork waits for the threads inside, and they for a fork: longer than any statement of ours should take."""


class Gate:
    """Counts the threads inside; closed around a fork, so that nobody enters meanwhile."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._closed = False

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be counted while the block runs; wait before it while a fork is under way."""
        with self._condition:
            self._condition.wait_for(lambda: not self._closed, WAIT_SECONDS)
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                # Not below zero: a child that was forked from inside leaves a block that its gate never counted.
                self._inside = max(0, self._inside - 1)
                self._condition.notify_all()

    def close(self) -> None:
        """Before a fork: let nobody in any more and wait until everybody has left."""
        with self._condition:
            self._closed = True
            self._condition.wait_for(lambda: not self._inside, WAIT_SECONDS)

    def open(self) -> None:
        """In the parent, after the fork."""
        with self._condition:
            self._closed = False
            self._condition.notify_all()

    def renew(self) -> None:
        """In the child, where no other thread is: begin anew."""
        self._condition = threading.Condition()
        self._inside, self._closed = 0, False
