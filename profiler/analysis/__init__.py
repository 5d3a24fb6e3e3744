"""Diagnosis: every rule is a pure function over a trace, named in one explicit list; this package knows nothing of Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.past import NOTHING, Past
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.rules import RULES
from queryscope.profiler.config import Config
from queryscope.profiler.finding import SEVERITIES, Finding
from queryscope.profiler.trace import Trace

__all__ = ["RULES", "run"]


def _no_pause() -> None: ...


def run(
    trace: Trace,
    config: Config,
    past: Past = NOTHING,
    *,
    rules: Iterable[Rule] = RULES,
    pause: Callable[[], None] = _no_pause,
) -> tuple[Finding, ...]:
    """Return the findings of all rules, the worst first; ``pause`` is called between two rules."""
    evidence = Evidence(trace, config, past)
    findings: list[Finding] = []
    for rule in rules:
        pause()
        new = tuple(rule.find(evidence))
        findings += new
        if rule.explains and new:
            evidence = evidence.beyond(n for finding in new for n in finding.spans)
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), -finding.cost_ms))
    return tuple(replace(finding, id=f"f{number}") for number, finding in enumerate(findings, 1))
