"""What a case is: a function that asks the database, the rules that have to find something in it, or why they must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

Work = Callable[..., Any]


class Case(NamedTuple):
    """One case. ``rule`` is whose it is; ``expected`` every rule that has to find something, empty where all must be silent."""

    rule: str
    name: str
    work: Work
    expected: frozenset[str]
    reason: str
    """Why its rule must be silent; empty for a case in which it must not."""
    request: bool
    """Whether the work makes the requests itself, by the test client it is given; the last one is judged."""
    times: int
    """How often it is done before the last time is judged, besides once to warm up."""
    vendors: tuple[str, ...]
    django: tuple[int, int]
    """The first version of Django that has what the case is about."""
    advice: bool
    """Whether the advice is applied as printed: not where it depends on what only a person knows."""
    commits: bool
    """Whether it needs transactions of its own: nothing is undone then, it cleans up after itself."""
    at: str
    """Where code without a diff is pasted: the text that it follows, where it begins with a dot, or else replaces."""
    reads: tuple[tuple[str, str], ...] = ()
    """What a person changes besides, as the advice says: each text of the file, and what takes its place."""

    @property
    def positive(self) -> bool:
        return not self.reason

    @property
    def id(self) -> str:
        return f"{self.rule}-{self.name}"


CASES: list[Case] = []
VENDORS = ("sqlite", "postgresql", "mysql")


def positive(
    rule: str,
    *also: str,
    request: bool = False,
    times: int = 0,
    vendors: tuple[str, ...] = VENDORS,
    django: tuple[int, int] = (5, 2),
    advice: bool = True,
    commits: bool = False,
    at: str = "",
    reads: tuple[tuple[str, str], ...] = (),
) -> Callable[[Work], Work]:
    """Declare work in which ``rule``, and every rule of ``also``, has to find something, and no other rule."""

    def declare(work: Work) -> Work:
        expected = frozenset((rule, *also))
        CASES.append(
            Case(
                rule,
                work.__name__,
                work,
                expected,
                "",
                request,
                times,
                vendors,
                django,
                advice,
                commits,
                at,
                reads,
            )
        )
        return work

    return declare


def silent(
    rule: str,
    reason: str,
    *also: str,
    request: bool = False,
    times: int = 0,
    vendors: tuple[str, ...] = VENDORS,
    django: tuple[int, int] = (5, 2),
    commits: bool = False,
) -> Callable[[Work], Work]:
    """Declare work in which ``rule`` must be silent, for ``reason``; only the rules of ``also`` have to find something."""
    assert reason, "a case that must be silent says why"
    assert rule not in also

    def declare(work: Work) -> Work:
        CASES.append(
            Case(
                rule,
                work.__name__,
                work,
                frozenset(also),
                reason,
                request,
                times,
                vendors,
                django,
                False,
                commits,
                "",
            )
        )
        return work

    return declare


def cases() -> tuple[Case, ...]:
    """Return all cases, after loading their files."""
    from tests.corpus import cases as package

    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return tuple(CASES)


def by_rule() -> Iterator[tuple[str, list[Case]]]:
    """Yield every rule that has cases, with them."""
    rules = dict.fromkeys(case.rule for case in cases())
    for rule in sorted(rules):
        yield rule, [case for case in CASES if case.rule == rule]
