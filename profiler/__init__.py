"""queryscope.profiler: records what the ORM does in a unit of work; imports nothing of Django by itself."""

from __future__ import annotations
