"""SQL text as a recording needs it: tokens, kind, tables, fingerprint and what each value belongs to."""

from __future__ import annotations
