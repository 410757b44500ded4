"""The home folder: where one installation keeps its store, payloads, run history and locks."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from etl import config
from etl.archive import Archive
from etl.errors import StoreError
from etl.runs import Runs
from etl.state import State
from etl.store import Store


@dataclass(frozen=True)
class Home:
    """The folder at `path`; whatever is missing in it is made on first use."""

    path: Path

    def make(self) -> "Home":
        """Make the folder.

        Raises StoreError when it cannot be written.
        """
        try:
            (self.path / "locks").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The home folder {self.path} cannot be written ({error.strerror}): give another with --home."
            ) from error
        return self

    @cached_property
    def store(self) -> Store:
        """The observations."""
        return Store(self.path / "store" / "observations")

    @cached_property
    def archive(self) -> Archive:
        """The payloads as received."""
        return Archive(self.path / "payloads")

    @cached_property
    def state(self) -> State:
        """The operational state: a file in the folder, unless the setting `state_url` names a database."""
        address = config.load().state_url
        return State(address.get_secret_value() if address else self.path / "state.sqlite")

    @cached_property
    def runs(self) -> Runs:
        """The run history."""
        return Runs(self.state)

    def pace(self, source: str) -> Path:
        """The file in which the requests to the publisher of a source are counted."""
        return self.path / "pace" / f"{source}.sqlite"

    def lock(self, name: str) -> Path:
        """The lock file of a source (or of the first start)."""
        return self.path / "locks" / f"{name}.lock"
