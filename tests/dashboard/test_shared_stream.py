"""Two application processes and two dashboards on one PostgreSQL store, with Redis as the bell: one stream for all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from queryscope.profiler.store import Store
from tests.dashboard.test_relay import REDIS_HOST, REDIS_PORT, layers
from tests.dashboard.test_standalone import serving
from tests.dashboard.wire import Wire
from tests.services import RequireService
from tests.store.conftest import POSTGRES, connect

APPLICATION = """
import sys, django
from contextlib import contextmanager
from django.conf import settings
settings.QUERYSCOPE = {"STORE": eval(sys.argv[1])}
settings.CHANNEL_LAYERS = eval(sys.argv[2])
django.setup()
from queryscope.dashboard import bell
from queryscope.profiler.store import current_store, log
from tests.builders import report
quick = log.transaction

@contextmanager
def slow(connection):
    with quick(connection) as cursor:
        yield cursor
        print("numbered", flush=True)
        assert sys.stdin.readline() == "commit\\n"

for line in sys.stdin:
    pace, name = line.split()
    log.transaction = slow if pace == "slow" else quick
    stored = current_store().append([report(id=name * 32, path=f"/{name}/")])
    bell.rung(stored[0].trace.seq)
    print("stored", flush=True)
"""


class Application:
    """A process of the host that stores a trace when told to."""

    def __init__(self, target: dict[str, Any], channel_layers: dict[str, Any]) -> None:
        paths = [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            "PYTHONPATH": os.pathsep.join(paths),
        }
        command = [sys.executable, "-c", APPLICATION, repr(target), repr(channel_layers)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    def tell(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@pytest.fixture
def target(require_service: RequireService) -> Iterator[dict[str, Any]]:
    """A schema of the test's own."""
    require_service("postgresql", POSTGRES["HOST"], POSTGRES["PORT"])
    require_service("redis", REDIS_HOST, REDIS_PORT)
    schema = f"queryscope_shared_{uuid.uuid4().hex[:12]}"
    with connect("postgres") as server:
        server.execute(f"CREATE SCHEMA {schema}")
    yield POSTGRES | {"NAME": "postgres", "OPTIONS": {"options": f"-c search_path={schema}"}}
    with connect("postgres") as server:
        server.execute(f"DROP SCHEMA {schema} CASCADE")


def hear_until(wire: Wire, wanted: int) -> list[str]:
    """Return the paths of the rows in their order of arrival, once ``wanted`` have come; each is acknowledged."""
    heard: list[str] = []
    while len(heard) < wanted:
        html = wire.hear()
        assert isinstance(html, str), f"the server closed with {html}"
        paths = re.findall(r'data-seq="(\d+)".*?/([a-d])/', html, re.DOTALL)
        fresh = dict.fromkeys(name for _, name in reversed(paths))
        heard += [name for name in fresh if name not in heard]
        if paths:
            wire.say({"seen": int(paths[0][0])})
    return heard


def test_everybody_sees_one_stream_and_one_pause(target: dict[str, Any]) -> None:
    """A commit that takes long holds back later numbers, so no dashboard can pass it by; nobody polls meanwhile."""
    bell = layers("channels_redis.core.RedisChannelLayer")
    options = repr({"STORE": target, "POLL_SECONDS": 600.0})
    store = Store(target)
    with ExitStack() as stack:
        applications = [Application(target, bell) for _ in range(2)]
        for application in applications:
            stack.callback(application.process.communicate)
            stack.callback(application.process.kill)
        first, second = applications
        dashboards = [
            stack.enter_context(serving("unused", options=options, channel_layers=repr(bell)))
            for _ in range(2)
        ]
        first.tell("quick a")
        assert first.answer() == "stored"
        wires = [dashboard.wire() for dashboard in dashboards]
        for wire in wires:
            wire.say({"after": 0})
        assert [hear_until(wire, 1) for wire in wires] == [["a"], ["a"]]

        first.tell("slow b")
        assert first.answer() == "numbered"
        second.tell("quick c")
        assert store.last_seq() == 1, "neither is visible before the first one is"
        first.tell("commit")
        assert (first.answer(), second.answer()) == ("stored", "stored")
        assert [hear_until(wire, 2) for wire in wires] == [["b", "c"], ["b", "c"]]

        assert dashboards[0].change_recording("pause") == 302
        for wire in wires:
            while "Paused" not in str(wire.hear()):
                pass
        store.close()
