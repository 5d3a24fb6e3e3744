"""Runs Django's own tests while every statement is recorded: ``python -m tests.django_suite [--bare] [LABEL ...]``."""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

import django

from tests.django_suite import sdist, verdict
from tests.django_suite.modules import MODULES


def main() -> None:
    """Run, say what was recorded, and exit with 1 where a test failed or the recording did."""
    parser = argparse.ArgumentParser(prog="python -m tests.django_suite", description=__doc__)
    parser.add_argument("--bare", action="store_true", help="without our hooks: what fails here anyway?")
    parser.add_argument("--parallel", default=str(os.cpu_count() or 1), metavar="N", help="processes")
    parser.add_argument("labels", nargs="*", metavar="LABEL", help="instead of all modules of the list")
    given = parser.parse_args()
    labels = given.labels or [label for group in MODULES.values() for label in group]
    began = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        evidence = Path(folder) / "evidence"
        evidence.touch()
        outcome = run(labels, given.parallel, None if given.bare else evidence)
        problems = verdict.failures(outcome)
        if not given.bare:
            problems += judged(evidence, complete=not given.labels)
    for problem in problems:
        print(f"* {problem}")
    passed = outcome.ran - outcome.skipped - len(outcome.failed)
    summary = f"{passed} passed, {len(problems)} failed, {outcome.skipped} skipped"
    print(f"{summary} in {monotonic() - began:.1f}s")
    sys.exit(bool(problems))


def run(labels: list[str], parallel: str, evidence: Path | None) -> verdict.Outcome:
    """Run Django's tests in a process of their own, and let the reader see what it prints."""
    recorded = str(Path(__file__).with_name("recorded.py"))
    script = ["runtests.py"] if evidence is None else [recorded, str(evidence)]
    process = subprocess.Popen(
        [sys.executable, *script, "--noinput", f"--parallel={parallel}", *labels],
        cwd=sdist.tests(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert isinstance(process.stdout, io.BufferedReader)
    output = b""
    while some := process.stdout.read1():  # not by lines: unittest prints dots
        output += some
        sys.stdout.buffer.write(some)
        sys.stdout.buffer.flush()
    return verdict.outcome_of(output.decode(errors="replace"), process.wait() == 0)


def judged(evidence: Path, complete: bool) -> list[str]:
    """Say what was recorded; return a sentence for each thing that is wrong with it."""
    recording = verdict.recorded(evidence.read_text().splitlines())
    print(
        f"Django {django.get_version()}: {recording.statements:,} statements in {recording.recordings:,} recordings, "
        f"{recording.located:,} with a call site, {recording.built:,} with the place where the queryset was built."
    )
    return verdict.doubts(recording, complete)


if __name__ == "__main__":
    main()
