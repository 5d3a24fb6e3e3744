"""Python programs beside the test that use the same store: real processes, nothing of this one's memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_PROLOGUE = """
import json, os, sys
from django.conf import settings
settings.configure(**json.loads(sys.argv[1]))
import django
django.setup()
target = json.loads(sys.argv[2])
"""


def start(program: str, target: Any = None, **settings: Any) -> subprocess.Popen[str]:
    """Start a program that finds Django set up and the store's target in ``target``."""
    arguments = [json.dumps(settings, default=str), json.dumps(target)]
    return subprocess.Popen(
        [sys.executable, "-c", _PROLOGUE + program, *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Return what the program printed; fail with its error where it failed."""
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output
