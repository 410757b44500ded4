"""What is made once per state of the store, and goes when the state goes."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from dashboard.data import Snapshot

T = TypeVar("T")

_kept: Final[WeakKeyDictionary[Snapshot, dict[tuple[Any, ...], Any]]] = WeakKeyDictionary()
_making: Final[WeakKeyDictionary[Snapshot, dict[tuple[Any, ...], Lock]]] = WeakKeyDictionary()
_lock: Final = Lock()


def once(snapshot: Snapshot, key: tuple[Any, ...], make: Callable[[], T], most: int | None = None) -> T:
    """What `make` gives for `key` in this state; who asks while it is made waits for it.

    What is made may ask for other keys, but not for itself in the end. Where keys depend on what readers choose, at
    most `most` of those that begin alike are kept: the oldest go.
    """
    with _lock:
        held = _kept.setdefault(snapshot, {})
        if key in held:
            found: T = held[key]
            return found
        turn = _making.setdefault(snapshot, {}).setdefault(key, Lock())
    with turn:
        with _lock:
            there = key in held
            made: Any = held.get(key)
        if not there:
            made = make()
            with _lock:
                held[key] = made
                _making[snapshot].pop(key, None)
                alike = [each for each in held if each[0] == key[0]] if most is not None else []
                for old in alike[: len(alike) - (most or 0)]:
                    del held[old]
    answer: T = made
    return answer
