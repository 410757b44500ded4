"""What is made once per state of the store."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from dashboard.data import Data
from dashboard.views.kept import once


def test_who_asks_while_it_is_made_waits_for_it(data: Data) -> None:
    snapshot, begun, go_on = data.snapshot(), Event(), Event()
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        begun.set()
        assert go_on.wait(10)
        return made[-1]

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(once, snapshot, ("slow",), make)
        assert begun.wait(10)
        others = [pool.submit(once, snapshot, ("slow",), make) for _ in range(3)]
        assert once(snapshot, ("other",), lambda: "not kept waiting") == "not kept waiting"
        go_on.set()
        assert [each.result(10) for each in (first, *others)] == [0, 0, 0, 0]
    assert made == [0]


def test_what_failed_is_tried_again(data: Data) -> None:
    snapshot = data.snapshot()
    with pytest.raises(ZeroDivisionError):
        once(snapshot, ("failing",), lambda: 1 / 0)
    assert once(snapshot, ("failing",), lambda: 1.0) == 1.0


def test_only_so_many_that_begin_alike_are_kept(data: Data) -> None:
    snapshot = data.snapshot()
    for number in range(5):
        once(snapshot, ("chosen", number), lambda number=number: number, most=2)
    again: list[int] = []
    for number in (4, 3, 0):
        once(snapshot, ("chosen", number), lambda number=number: again.append(number), most=2)
    assert again == [0]


def test_many_at_once(data: Data) -> None:
    snapshot, ready = data.snapshot(), Barrier(8)

    def ask(number: int) -> int:
        ready.wait(10)
        return once(snapshot, ("of", number % 2), lambda: once(snapshot, ("below",), lambda: 1) + number % 2)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [1, 2] * 4
