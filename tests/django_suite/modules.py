"""Which modules of Django's test suite run, by what of the ORM they exercise, and which of their tests fail without us."""

from __future__ import annotations

MODULES: dict[str, tuple[str, ...]] = {
    "statements": (
        "backends", "db_typecasts", "db_utils", "distinct_on_fields", "raw_query", "select_for_update",
        "transaction_hooks", "transactions",
    ),
    "query sets": (
        "aggregation", "aggregation_regress", "annotations", "basic", "bulk_create", "custom_lookups",
        "custom_managers", "dates", "datetimes", "delete", "delete_regress", "empty", "expressions",
        "expressions_case", "expressions_window", "extra_regress", "filtered_relation", "get_earliest_or_latest",
        "get_object_or_404", "get_or_create", "lookup", "managers_regress", "null_queries", "or_lookups", "ordering",
        "pagination", "queries", "queryset_pickle", "string_lookup", "update", "update_only_fields", "xor_lookups",
    ),
    "instances": (
        "composite_pk", "constraints", "custom_columns", "custom_methods", "custom_pk", "defer", "defer_regress",
        "field_defaults", "field_subclassing", "force_insert_update", "from_db_value", "model_fields",
        "model_inheritance", "model_inheritance_regress", "model_regress", "model_utils", "properties",
        "proxy_model_inheritance", "proxy_models", "save_delete_hooks", "serializers.test_natural", "signals", "swappable_models",
        "unmanaged_models",
    ),
    "relations": (
        "contenttypes_tests", "foreign_object", "generic_relations", "generic_relations_regress",
        "known_related_objects", "m2m_and_m2o", "m2m_intermediary", "m2m_multiple", "m2m_recursive", "m2m_regress",
        "m2m_signals", "m2m_through", "m2m_through_regress", "m2o_recursive", "many_to_many", "many_to_one",
        "many_to_one_null", "multiple_database", "mutually_referential", "nested_foreign_keys", "null_fk",
        "null_fk_ordering", "one_to_one", "order_with_respect_to", "prefetch_related", "reverse_lookup",
        "select_related", "select_related_onetoone", "select_related_regress",
    ),
    "what stands on the ORM": (
        "admin_changelist", "admin_filters", "asgi", "async", "fixtures", "generic_inline_admin",
        "handlers", "middleware_exceptions", "model_forms", "model_formsets",
        "model_formsets_regress", "test_utils", "timezones", "wsgi",
    ),
}  # fmt: skip
"""Labels for Django's ``runtests.py``. All of them exist in every version that is supported."""

LOOKING: dict[str, str] = {
    "backends.base.test_base.ExecuteWrapperTests.test_wrapper_connection_specific": (
        "It compares the list of a connection's execute wrappers, in which ours is the first by Django's own contract."
    ),
}
"""Tests that look at the very hook that we use, and why they see us: they must pass without us and fail with us."""
