"""The rules in the order in which they look: what one has explained, those after it pass over."""

from __future__ import annotations

from queryscope.profiler.analysis.rule import Rule
from queryscope.profiler.analysis.rules import (
    count_in_loop,
    count_then_load,
    duplicate_query,
    evaluated_twice,
    get_in_loop,
    large_result,
    lock_wait,
    long_transaction,
    n_plus_one,
    prefetch_defeated,
    query_everywhere,
    query_in_template,
    reconnect,
    repeated_across_requests,
    slow_query,
    truth_by_load,
    unordered_result,
    unused_columns,
    unused_eager_load,
    write_in_loop,
)

RULES: tuple[Rule, ...] = (
    query_everywhere.RULE,
    prefetch_defeated.RULE,
    count_in_loop.RULE,
    n_plus_one.RULE,
    get_in_loop.RULE,
    write_in_loop.RULE,
    unused_eager_load.RULE,
    large_result.RULE,
    unused_columns.RULE,
    evaluated_twice.RULE,
    duplicate_query.RULE,
    count_then_load.RULE,
    truth_by_load.RULE,
    repeated_across_requests.RULE,
    query_in_template.RULE,
    unordered_result.RULE,
    lock_wait.RULE,
    long_transaction.RULE,
    slow_query.RULE,
    reconnect.RULE,
)
