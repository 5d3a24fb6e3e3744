"""Every error of queryscope's own, each with a slug that documentation and tests can point to."""

from __future__ import annotations


class QueryscopeError(Exception):
    """Base of our errors; ``slug`` is the anchor in docs/troubleshooting.md."""

    slug = "error"


class ConfigError(QueryscopeError):
    """A value in ``settings.QUERYSCOPE`` is unknown or out of range."""

    slug = "config"

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class StoreError(QueryscopeError):
    """The store cannot be opened, read or written; the text says which file or server and why."""

    slug = "store"


class StoreTooNew(StoreError):
    """The store was written by a newer queryscope than this one."""

    slug = "store-too-new"


class TraceNotFound(QueryscopeError):
    """No stored trace answers to the given reference."""

    slug = "trace-not-found"


class ProblemNotFound(QueryscopeError):
    """No stored problem has the given identity."""

    slug = "problem-not-found"


class IgnoreError(QueryscopeError):
    """A problem cannot be ignored as asked, or the file of ignored problems cannot be read or written."""

    slug = "ignored"


class ServeError(QueryscopeError):
    """The standalone dashboard cannot listen; the text says on which address and port, and why."""

    slug = "serve"
