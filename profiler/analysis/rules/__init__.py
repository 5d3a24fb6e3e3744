"""The rules in the order in which they look: what one has explained, those after it pass over."""

from __future__ import annotations

from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.rules import (
    count_in_loop,
    get_in_loop,
    lock_wait,
    long_transaction,
    n_plus_one,
    prefetch_defeated,
    query_everywhere,
    query_in_template,
    reconnect,
    slow_query,
    unordered_result,
    write_in_loop,
)

RULES: tuple[Rule, ...] = (
    query_everywhere.RULE,
    prefetch_defeated.RULE,
    count_in_loop.RULE,
    n_plus_one.RULE,
    get_in_loop.RULE,
    write_in_loop.RULE,
    query_in_template.RULE,
    unordered_result.RULE,
    long_transaction.RULE,
    lock_wait.RULE,
    slow_query.RULE,
    reconnect.RULE,
)
