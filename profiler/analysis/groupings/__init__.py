"""Statements put together that one finding is about: by relation, by repetition, by line, by what a queryset loads along."""
