"""What opens a recorder besides the middleware."""

from __future__ import annotations
