"""The rules in the order in which they look: what one has explained, those after it pass over."""

from __future__ import annotations

from queryscope.profiler.analysis.rule import Rule

RULES: tuple[Rule, ...] = ()
