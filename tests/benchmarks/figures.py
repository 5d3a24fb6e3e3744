"""What is made of the measurements: what a contender adds to the bare page, said by pairs of the same round."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

Sample = dict[str, float]


class Figures(NamedTuple):
    """One contender on one page; times in seconds, medians over the rounds, and the least of them."""

    wall: float
    wall_least: float
    thread: float
    thread_least: float
    ratio: float
    """Wall time relative to the bare page of the same round."""
    added_thread: float
    """CPU of the request's thread beyond that of the bare page of the same round."""
    added_process: float
    """CPU of the whole process, until nothing is left to do, beyond that of the bare page of the same round."""
    added_least: float
    """The difference between the least CPU of the request's thread with and without."""


def figures(samples: Sequence[Sample], bare: Sequence[Sample]) -> Figures:
    """Return what the samples of a contender say beside those of the bare page, both in the order of the rounds."""
    pairs = list(zip(samples, bare, strict=True))

    def middle(name: str) -> float:
        return median(sample[name] for sample in samples)

    def least(name: str, of: Sequence[Sample] = samples) -> float:
        return min(sample[name] for sample in of)

    def added(name: str) -> float:
        return median(sample[name] - other[name] for sample, other in pairs)

    return Figures(
        wall=middle("wall"),
        wall_least=least("wall"),
        thread=middle("thread"),
        thread_least=least("thread"),
        ratio=median(sample["wall"] / other["wall"] for sample, other in pairs),
        added_thread=added("thread"),
        added_process=added("process"),
        added_least=least("thread") - least("thread", bare),
    )
