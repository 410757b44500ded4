"""What is made once per state of the store, and goes when the state goes."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from dashboard.data import Snapshot

T = TypeVar("T")

_kept: Final[WeakKeyDictionary[Snapshot, dict[tuple[Any, ...], Any]]] = WeakKeyDictionary()
_lock: Final = Lock()


def once(snapshot: Snapshot, key: tuple[Any, ...], make: Callable[[], T], most: int | None = None) -> T:
    """What `make` gives for `key` in this state; two that ask at once may both make it.

    Where keys depend on what readers choose, at most `most` of those that begin alike are kept: the oldest go.
    """
    with _lock:
        held = _kept.setdefault(snapshot, {})
        if key in held:
            found: T = held[key]
            return found
    made = make()
    with _lock:
        held[key] = made
        alike = [each for each in held if each[0] == key[0]] if most is not None else []
        for old in alike[: len(alike) - (most or 0)]:
            del held[old]
    return made
