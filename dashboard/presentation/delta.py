"""A number before and after: both as text, what became of it in words, and whether that is good."""

from __future__ import annotations

from queryscope.profiler.trace import Value
from queryscope.profiler.units import count, ms

GOOD, BAD = "t-ok", "t-high"
NOISE = 1.5
"""Times of two single runs of the same code differ by less than this factor on a machine that does other things too."""


class Delta(Value, frozen=True, kw_only=True):
    """``words`` is empty where nothing changed; ``css`` colours it: good, bad or empty."""

    before: str
    after: str
    words: str = ""
    css: str = ""

    @property
    def same(self) -> bool:
        return self.before == self.after

    def __str__(self) -> str:
        return self.after if self.same else f"{self.before} → {self.after}"


def of_count(before: int, after: int) -> Delta:
    """Return the change of a number of queries, rows or findings: "78 fewer"."""
    words = f"{count(abs(after - before))} {'fewer' if after < before else 'more'}" if after != before else ""
    return Delta(before=count(before), after=count(after), words=words, css=_css(before, after))


def of_ms(before: float, after: float) -> Delta:
    """Return the change of a time: "−57 ms, −93%". Only what is more than noise is good or bad."""
    texts = ms(before), ms(after)
    if texts[0] == texts[1]:
        return Delta(before=texts[0], after=texts[1])
    sign = "−" if after < before else "+"
    share = f", {sign}{abs(after - before) / before * 100:.0f}%" if before else ""
    return Delta(
        before=texts[0],
        after=texts[1],
        words=f"{sign}{ms(abs(after - before))} ms{share}",
        css=_css(before, after) if max(before, after) >= NOISE * min(before, after) else "",
    )


def _css(before: float, after: float) -> str:
    return GOOD if after < before else BAD if after > before else ""
