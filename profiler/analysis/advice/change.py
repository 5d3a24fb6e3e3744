"""What to do to the expression of a queryset, in values: calls to add, arguments to extend or to take out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from queryscope.profiler.trace import Value

IMPORTS = dict.fromkeys(
    ("Avg", "Count", "Exists", "Max", "Min", "OuterRef", "Prefetch", "Q", "Sum"), "django.db.models"
)
"""Where the names come from that a change may use."""


class Add(Value, frozen=True, kw_only=True):
    """Call ``method`` with more ``arguments`` (Python source); a call that stands there already is extended.

    ``existing`` says that the call must stand there: a second ``only()`` would replace the first one. ``needs`` are the
    names that the arguments use, of ``IMPORTS``; ``uses`` are models, which a file must have already. An argument that names
    ``replaced`` makes room for the first one.
    """

    method: str
    arguments: tuple[str, ...]
    existing: bool = False
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    replaced: str | None = None

    @property
    def code(self) -> str:
        """The call alone."""
        return f".{self.method}({', '.join(self.arguments)})"


class Drop(Value, frozen=True, kw_only=True):
    """Take the literal arguments that name one of ``paths`` out of the calls of ``method``.

    A longer path is cut back to what is not dropped of it: ``author__country`` without the country is ``author``.
    """

    method: str
    paths: tuple[str, ...]

    def left(self, path: str) -> str:
        """Return what stays of a path that is named: columns go as they are, of relations the way to the last one read."""
        if self.method == "defer":
            return "" if path in self.paths else path
        steps = path.split("__")
        # What leads on from a path that is dropped goes with it.
        while any("__".join(steps[:length]) in self.paths for length in range(1, len(steps) + 1)):
            steps.pop()
        return "__".join(steps)


class Chunked(Value, frozen=True, kw_only=True):
    """Give ``iterator()`` the ``chunk_size`` without which it refuses to prefetch."""

    chunk_size: int = 2000


Step = Add | Drop | Chunked


class Change(Value, frozen=True, kw_only=True):
    """The steps of one fix, made to one queryset."""

    steps: tuple[Step, ...]

    def spelled(self, names: Mapping[str, str]) -> Change:
        """Return the change with names (``Count``) as a file has them (``models.Count``)."""
        return Change(
            steps=tuple(_spelled(step, names) if isinstance(step, Add) else step for step in self.steps)
        )

    @property
    def added(self) -> tuple[Add, ...]:
        """The calls that may stand for the change where its place is not known."""
        return tuple(step for step in self.steps if isinstance(step, Add) and not step.existing)

    @property
    def code(self) -> str:
        """The calls to add, one after the other."""
        return "".join(step.code for step in self.added)


def _spelled(step: Add, names: Mapping[str, str]) -> Add:
    arguments = step.arguments
    for name in step.needs:
        arguments = tuple(re.sub(rf"(?<![.\w]){name}\(", f"{names[name]}(", each) for each in arguments)
    return replace(step, arguments=arguments)


def quoted(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return names as Python literals."""
    return tuple(f'"{path}"' for path in paths)
