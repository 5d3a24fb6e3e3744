"""Prints precision and recall over the corpus, database by database: ``python -m tests.corpus [--write]``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.corpus.score import Score, scores, table

DATABASES = ("sqlite", "postgresql", "mariadb")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "findings.md"
BEGIN, END = "<!-- findings-report -->", "<!-- end of findings-report -->"


def main() -> int:
    """Run the corpus on every database, print the scores, keep them in docs/findings.md where asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in docs/findings.md")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return _one()
    found: list[Score] = []
    for database in DATABASES:
        done = subprocess.run(
            [sys.executable, "-m", "tests.corpus", "--one"],
            env=os.environ | {"LANTERN_DATABASE": database},
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(f"\n{database}\n{done.stdout}")
        if done.returncode:
            return done.returncode
        found += _read(done.stdout)
    total = [_sum(rule, found) for rule in dict.fromkeys(score.rule for score in found)]
    print(f"\nall databases\n{table(total)}")
    if given.write:
        _keep(table(total))
    every = total[-1]
    return int(every.precision < 1.0 or every.recall < 0.98)


def _one() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    os.environ["LANTERN_FOLDER"] = tempfile.mkdtemp(prefix="queryscope-corpus-")
    from tests.corpus.judge import judge

    judged, rules = judge()
    for case, rules_found in judged:
        if rules_found != case.expected:
            print(f"{case.id}: {sorted(rules_found)} instead of {sorted(case.expected)}", file=sys.stderr)
    print(table(scores(judged, rules)))
    return 0


def _read(printed: str) -> list[Score]:
    rows = [line.strip("| ").split(" | ") for line in printed.splitlines() if line.startswith("| `")]
    return [Score(row[0].strip("`"), *map(int, row[1:6])) for row in rows]


def _sum(rule: str, found: list[Score]) -> Score:
    own = [score for score in found if score.rule == rule]
    return Score(rule, *(sum(column) for column in list(zip(*own, strict=True))[1:]))


def _keep(text: str) -> None:
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{PAGE} lacks the marks {BEGIN!r} and {END!r} between which the table belongs.")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
