"""An answer is made once, and one that was asked for before it was to be forgotten does not come back."""

from __future__ import annotations

from threading import Event, Thread

from queryscope.profiler.remembered import remembered


def test_an_answer_is_made_once() -> None:
    """Until it is forgotten, which gives it back."""
    asked: list[int] = []

    @remembered
    def answer() -> int:
        asked.append(1)
        return len(asked)

    assert (answer(), answer()) == (1, 1)
    assert answer.forget() == 1
    assert answer.forget() is None
    assert answer() == 2


def test_an_old_answer_does_not_come_back() -> None:
    """A thread had begun to make it before the change, and ends after it."""
    value, begun, changed = ["old"], Event(), Event()

    @remembered
    def answer() -> str:
        found = value[0]
        if found == "old":
            begun.set()
            assert changed.wait(5)
        return found

    got: list[str] = []
    thread = Thread(target=lambda: got.append(answer()))
    thread.start()
    assert begun.wait(5)
    value[0] = "new"
    answer.forget()
    changed.set()
    thread.join()
    assert got == ["old"]
    assert answer() == "new"
