"""Diagnosis: every rule is a pure function over a trace, named in one explicit list; this package knows nothing of Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from queryscope.profiler.analysis.advice.overlap import noted
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.past import NOTHING, Past
from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.rules import RULES
from queryscope.profiler.bounded import bounded
from queryscope.profiler.config import Config
from queryscope.profiler.finding import SEVERITIES, Finding
from queryscope.profiler.trace import Trace

__all__ = ["RULES", "run"]


def _no_pause() -> None: ...


def _raise(where: str) -> None:
    raise  # noqa: PLE0704 - called while the exception is handled


def run(
    trace: Trace,
    config: Config,
    past: Past = NOTHING,
    *,
    rules: Iterable[Rule] = RULES,
    pause: Callable[[], None] = _no_pause,
    failed: Callable[[str], None] = _raise,
) -> tuple[Finding, ...]:
    """Return the findings of all rules, the worst first; ``pause`` is called between two rules.

    ``failed`` is called where a rule raises, with words for the place, while its exception is handled: the others go on.
    """
    evidence = Evidence(trace, config, past)
    findings: list[Finding] = []
    for rule in rules:
        pause()
        new = _found(rule, evidence, failed)
        findings += new
        if rule.explains and new:
            evidence = evidence.beyond(n for finding in new for n in finding.spans)
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), -finding.cost_ms))
    return tuple(
        bounded(replace(finding, id=f"f{number}")) for number, finding in enumerate(noted(findings), 1)
    )


def _found(rule: Rule, evidence: Evidence, failed: Callable[[str], None]) -> tuple[Finding, ...]:
    try:
        return tuple(rule.find(evidence))
    except Exception:
        failed(f"the rule {rule.id}")
        return ()
