"""Findings in the form that everything takes: texts cut at a limit, a rule and an identity that an address can hold."""

from __future__ import annotations

import re
from hashlib import blake2b

from msgspec.structs import replace

from queryscope.profiler.finding import Advice, Finding

TITLE_CHARS, TEXT_CHARS, CODE_CHARS = 200, 1_000, 20_000
"""What is longer ends with an ellipsis; code and a diff that are longer are left out, since half of one is wrong."""
MOST_ALTERNATIVES = 10
_RULE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_IDENTITY = re.compile(r"[a-z0-9-]{0,64}")
_OTHERS = re.compile(r"[^a-z0-9]+")


def bounded(finding: Finding) -> Finding:
    """Return the finding within the limits: of our own rules nearly always the same, of others whatever they wrote."""
    advice = _advice(finding.advice)
    return replace(
        finding,
        rule=_rule(finding.rule),
        title=_cut(finding.title, TITLE_CHARS),
        why=_cut(finding.why, TEXT_CHARS),
        model=_cut_known(finding.model, TITLE_CHARS),
        relation=_cut_known(finding.relation, TITLE_CHARS),
        path=_cut_known(finding.path, TITLE_CHARS),
        advice=advice,
        docs=_cut(finding.docs, TITLE_CHARS),
        identity=_identity(finding.identity),
    )


def _advice(advice: Advice) -> Advice:
    return replace(
        advice,
        summary=_cut(advice.summary, TEXT_CHARS),
        code=_whole(advice.code),
        where=_cut_known(advice.where, TEXT_CHARS),
        diff=_whole(advice.diff),
        alternatives=tuple(_cut(way, TEXT_CHARS) for way in advice.alternatives[:MOST_ALTERNATIVES]),
        next=_cut_known(advice.next, TEXT_CHARS),
    )


def _rule(rule: str) -> str:
    """Return a rule's id as the words it is made of: ``My rule/1`` is ``my-rule-1``."""
    if _RULE.fullmatch(rule):
        return rule
    return _OTHERS.sub("-", rule.lower())[:65].strip("-")[:64].strip("-") or "unnamed"


def _identity(identity: str) -> str:
    """Return an identity that can stand in an address: itself, else a digest, which is as good to tell two apart."""
    if _IDENTITY.fullmatch(identity):
        return identity
    return blake2b(identity.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _cut_known(text: str | None, most: int) -> str | None:
    return None if text is None else _cut(text, most)


def _whole(code: str | None) -> str | None:
    return None if code is None or len(code) > CODE_CHARS else code
