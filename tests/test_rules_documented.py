"""Every rule has its page with the same headings, and the index says of each what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from queryscope.profiler.analysis import RULES
from queryscope.profiler.analysis.rule import Rule

DOCS = Path(__file__).resolve().parent.parent / "docs"
HEADINGS = ["What", "Why", "When to ignore it", "Fix", "Example"]
rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def page(rule: Rule) -> str:
    """Return the text of a rule's page, where every finding of it leads."""
    return (DOCS / "rules" / f"{rule.id}.md").read_text()


def test_names_are_unique_and_stay_short() -> None:
    """A badge has at most four letters; ids are kebab-case."""
    assert len({rule.id for rule in RULES}) == len({rule.badge for rule in RULES}) == len(RULES)
    assert [
        rule.id for rule in RULES if not re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id.replace("n-plus-one", "n"))
    ] == []
    assert [rule.badge for rule in RULES if not 0 < len(rule.badge) <= 4] == []


@rules
def test_a_page_opens_with_badge_name_and_sentence(rule: Rule) -> None:
    """Who comes from a finding sees at once that it is the right page."""
    head, sentence, *_ = page(rule).split("\n\n")
    assert head == f"# {rule.badge} · {rule.id}"
    assert sentence.replace("\n", " ") == rule.summary


@rules
def test_a_page_has_all_headings_in_order_and_something_below_each(rule: Rule) -> None:
    """What it is, why it matters, when it is right as it is, what to write, an example of that."""
    text = re.sub(
        r"```.*?```", "```", page(rule), flags=re.DOTALL
    )  # a comment of Python looks like a heading
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert [section.partition("\n")[0] for section in sections] == HEADINGS
    assert [section for section in sections if len(section.partition("\n")[2].split()) < 4] == []


@rules
def test_an_example_has_a_before_and_an_after(rule: Rule) -> None:
    """Both as code."""
    example = page(rule).split("\n## Example\n")[1]
    assert "Before" in example and "After" in example
    assert example.count("```") >= 4 and not example.count("```") % 2


@rules
def test_python_in_a_page_is_python(rule: Rule) -> None:
    """What a reader copies compiles."""
    blocks = re.findall(r"```python\n(.*?)```", page(rule), re.DOTALL)
    assert [ast.parse(block).body for block in blocks if not ast.parse(block).body] == []
    assert blocks


@rules
def test_links_lead_somewhere(rule: Rule) -> None:
    """Also those to a section."""
    for target in re.findall(r"\]\(([^)]+)\)", page(rule)):
        path, _, section = target.partition("#")
        if "://" in target or not path:
            continue
        file = (DOCS / "rules" / path).resolve()
        assert file.exists(), target
        headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
        assert not section or section in {heading.lower().replace(" ", "-") for heading in headings}, target


def test_the_index_has_each_rule_once_in_the_words_of_the_code() -> None:
    """A row is the badge, the page and the sentence."""
    rows = re.findall(
        r"^\| (\S+) \| \[(\S+)\]\((\S+)\.md\) \| (.+) \|$",
        (DOCS / "rules" / "README.md").read_text(),
        re.MULTILINE,
    )
    assert sorted(rows) == sorted((rule.badge, rule.id, rule.id, rule.summary) for rule in RULES)


def test_no_page_is_left_over() -> None:
    """Of a rule that does not exist."""
    assert {file.stem for file in (DOCS / "rules").glob("*.md")} == {"README", *(rule.id for rule in RULES)}
