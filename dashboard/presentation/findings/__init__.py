"""The pages across traces: all problems, one problem with its history, and what each rule means."""

from __future__ import annotations
