"""The project that every contender serves: pages of any number of queries, made by a loop in a template."""
