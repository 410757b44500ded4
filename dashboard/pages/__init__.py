"""The pages. A new page is one new module in this folder that defines `PAGE`; the header links it by itself."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from dash.development.base_component import Component

from dashboard.components.view import View
from etl.catalog import Catalog

_ITEM: Final = "/<id>"


@dataclass(frozen=True)
class Page:
    """One page: `view` answers a query string, `layout` puts a view on the screen.

    Neither raises for what a reader typed: a bad query gives a view with a message. A `live` page changes without the
    figures: its views are made anew each time, and need no store. A page is `wide` where it has no filters beside its
    content.

    A page whose `path` ends in `/<id>` is one of many: `items` gives the ids and their names, `view` gets the id as
    its second argument, `description` says `{name}` where the name belongs; the path without the id lists all.
    `nav` is what the header calls the page; empty where it does not link it. A page that has `maps` gets the bundle of
    plotly.js that draws them, where there are outlines to draw.
    """

    path: str
    name: str
    order: int
    description: str
    view: Callable[..., View]
    layout: Callable[[View], Component]
    live: bool = False
    wide: bool = False
    items: Callable[[Catalog], Mapping[str, str]] | None = None
    nav: str | None = None
    maps: bool = False

    @property
    def id(self) -> str:
        """The name of the page in the address of its views."""
        return self.name.lower().replace(" ", "-")

    @property
    def root(self) -> str:
        """The path without the id: the page itself, or the list of all."""
        return self.path.removesuffix(_ITEM)

    @property
    def label(self) -> str:
        """What the header calls it."""
        return self.name if self.nav is None else self.nav

    def has(self, catalog: Catalog, item: str) -> bool:
        """Whether `item` is one of its ids; a page without items has none."""
        return item in self.items(catalog) if self.items else not item

    def answer(self, query: str, item: str = "") -> View:
        """The view of a query, and of an id where the page is one of many."""
        return self.view(query, item) if self.items else self.view(query)

    def title(self, catalog: Catalog, item: str = "") -> str:
        """The name of what is shown."""
        return self.items(catalog)[item] if self.items and item else self.label or self.name

    def described(self, catalog: Catalog, item: str = "") -> str:
        """What search engines and links say of it."""
        return self.description.format(name=self.title(catalog, item)) if self.items else self.description


def discover() -> list[Page]:
    """All pages of this folder, in the order of the header."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return sorted((module.PAGE for module in modules if hasattr(module, "PAGE")), key=lambda page: page.order)


@dataclass(frozen=True)
class Place:
    """What stands at a path: a `page` (with its `item`, or the list of all), or nothing.

    `moved` is the path to go to instead; `missing` an id that the page does not have.
    """

    page: Page | None = None
    item: str = ""
    listing: bool = False
    moved: str = ""
    missing: str = ""

    @property
    def path(self) -> str:
        """The one address of this place."""
        if self.page is None:
            return ""
        return f"{self.page.root}/{self.item}" if self.item else self.page.root


def locate(pages: list[Page], path: str, catalog: Catalog) -> Place:
    """What stands at `path`; without a page of its own, `/` shows the first page."""
    if path == "/":
        return Place(next((page for page in pages if page.path == "/"), next(iter(pages), None)))
    bare = path.rstrip("/")
    for page in pages:
        if bare == page.root:
            return Place(page, listing=page.items is not None, moved="" if path == bare else bare)
        given = bare.removeprefix(f"{page.root}/")
        if page.items is None or given == bare:
            continue
        item = _named(page.items(catalog), given)
        if item is None:
            return Place(page, missing=given)
        return Place(page, item, moved="" if path == f"{page.root}/{item}" else f"{page.root}/{item}")
    return Place()


def _named(items: Mapping[str, str], given: str) -> str | None:
    """The id that was meant: letter case aside, it or the name."""
    wanted = given.casefold()
    if wanted in items:
        return wanted
    return next((item for item, name in items.items() if name.casefold() == wanted), None)
