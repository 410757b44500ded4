"""What is made once per state of the store, and goes when the state goes."""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from dashboard.data import Snapshot

T = TypeVar("T")

_kept: Final[WeakKeyDictionary[Snapshot, dict[tuple[Any, ...], Any]]] = WeakKeyDictionary()
_lock: Final = Lock()


def once(snapshot: Snapshot, key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """What `make` gives for `key` in this state; two that ask at once may both make it."""
    with _lock:
        held = _kept.setdefault(snapshot, {})
    if key not in held:
        held[key] = make()
    found: T = held[key]
    return found
