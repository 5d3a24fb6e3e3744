"""The bell: tells the sockets of this process that the store has something new; carries no data."""

from __future__ import annotations


class Bell:
    """Rings for every socket of this process."""

    def ring(self, last_seq: int = 0) -> None:
        """Wake every socket; may be called from any thread."""


bell = Bell()
