"""The page of one trace: heading, timeline, table, drawer. The panel of the toolbar is made of the same parts."""

from __future__ import annotations
