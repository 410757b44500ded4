"""The pages. A new page is one new module in this folder that defines `PAGE`; the header links it by itself."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard.components.view import View


@dataclass(frozen=True)
class Page:
    """One page: `view` answers a query string, `layout` puts a view on the screen.

    Neither raises for what a reader typed: a bad query gives a view with a message. A `live` page changes without the
    figures: its views are made anew each time, and need no store. A page is `wide` where it has neither filters nor
    a chart.
    """

    path: str
    name: str
    order: int
    description: str
    view: Callable[[str], View]
    layout: Callable[[View], Component]
    live: bool = False
    wide: bool = False

    @property
    def id(self) -> str:
        """The name of the page in the address of its views."""
        return self.name.lower().replace(" ", "-")


def discover() -> list[Page]:
    """All pages of this folder, in the order of the header."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return sorted((module.PAGE for module in modules if hasattr(module, "PAGE")), key=lambda page: page.order)
