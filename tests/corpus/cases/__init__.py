"""The cases, one file a rule."""
