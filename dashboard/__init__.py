"""queryscope.dashboard: everything a browser sees; reads the store and changes nothing but the pause."""

from __future__ import annotations
