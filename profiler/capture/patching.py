"""Replaces attributes of Django's classes and modules by wrappers of ours, each once, and puts every one back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_patched: list[tuple[Any, str, Any]] = []


def patch(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    """Replace ``owner.name`` by ``wrap(original)``, unless that was done before."""
    original = owner.__dict__[name]
    if not hasattr(original, "queryscope_wraps"):
        wrapper = wrap(original)
        wrapper.queryscope_wraps = original
        _patched.append((owner, name, original))
        setattr(owner, name, wrapper)


def loaded(module: str) -> bool:
    """Return whether a module can be used: one that another thread is importing has only some of its names."""
    found = sys.modules.get(module)
    return found is not None and not getattr(found.__spec__, "_initializing", False)


def patched() -> bool:
    """Return whether anything is replaced at the moment."""
    return bool(_patched)


def restore() -> None:
    """Put every original back, the last one first."""
    while _patched:
        owner, name, original = _patched.pop()
        setattr(owner, name, original)
