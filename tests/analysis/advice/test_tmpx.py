from __future__ import annotations

from django.contrib.auth import get_user_model
from django.test import Client

from demo.seeding.shop import fill
from queryscope.profiler.analysis.advice import *
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.config import Config
from tests.analysis.advice.modules import loops


def test_x(recording, transactional_db):
    fill(0.02)
    c = Client()
    c.force_login(get_user_model().objects.create_superuser("a", "a@b.c", "x"))
    for u in ["books/origins/", "admin/catalog/book/", "fixed/admin/catalog/book/"]:
        r = c.get("/" + u)
        b"".join(r) if r.streaming else None
        t = recording.trace
        print("=====", u, r.status_code, t.view, t.queries)
        for o, p in loops(t).values():
            e = Evidence(t, Config())
            a = eager(e, o, p)
            print(p, a.summary, "|", a.where, "|", a.alternatives)
            print(a.code)
            print(a.diff)
            if "admin" in u:
                s = e.by_number[o.span]
                print([f.label for f in s.stack], s.queryset, o.build_sites)
            root = e.by_number[o.span] if o.span else None
            if a.diff is None and root:
                print(root.build_sites, [f.label for f in root.stack])
