"""The rules in the order in which they look: what one has explained, those after it pass over."""

from __future__ import annotations

from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.rules import (
    lock_wait,
    long_transaction,
    query_everywhere,
    query_in_template,
    reconnect,
    slow_query,
    unordered_result,
)

RULES: tuple[Rule, ...] = (
    query_everywhere.RULE,
    query_in_template.RULE,
    unordered_result.RULE,
    long_transaction.RULE,
    lock_wait.RULE,
    slow_query.RULE,
    reconnect.RULE,
)
