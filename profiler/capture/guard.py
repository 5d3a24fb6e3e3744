"""The one place where an exception of ours ends: reported once a kind, never seen by the host."""

from __future__ import annotations

import logging

logger = logging.getLogger("queryscope")
_reported: set[str] = set()


def report(where: str) -> None:
    """Log the exception being handled, the first time that ``where`` meets it; recording goes on."""
    if where in _reported:
        return
    _reported.add(where)
    logger.warning(
        "queryscope met an error of its own in %s; the application is not affected, this part of the recording is "
        "missing. Later errors there are not logged.",
        where,
        exc_info=True,  # noqa: LOG014 - called while the exception is handled
    )
