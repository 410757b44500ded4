"""What an address shows: which page, its view, its layout, and all of that as HTML for the first paint.

A view is made once per state of the store, path and query; the document, the layout and the browser's later questions
share it. What goes wrong in it is logged under an id, which the reader is told.
"""

import logging
import secrets
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode

from dash.development.base_component import Component

from dashboard.components import embed, listing, markup, prerender, shell
from dashboard.components.view import View
from dashboard.data import current
from dashboard.pages import Page, Place, locate
from etl.catalog import Catalog, unknown
from etl.errors import StacktideError

EMBED: Final = "embed"
_OUTSIDE: Final = (EMBED, "chart")
_TRENDS: Final = (
    "technology",
    "indicator",
    "segment",
    "from",
    "to",
    "value",
    "base",
    "scale",
    "smooth",
    "tab",
    "preset",
)
"""Parameters by which an old address of Trends, which was once at `/`, is known."""
_VIEWS_KEPT: Final = 32
_DOCUMENTS_KEPT: Final = 32
_log = logging.getLogger(__name__)


class Failed(StacktideError):
    """A view could not be made, for no fault of the reader's: the sentence names the id under which it is logged."""


@dataclass(frozen=True)
class Screen:
    """One address on the screen: the whole layout, its status and what the head of the document says."""

    layout: Component
    title: str
    description: str
    canonical: str
    status: int = 200
    embedded: bool = False
    live: frozenset[str] = frozenset()
    """The ids of what later views change."""

    def sent(self) -> Component:
        """The layout as it goes to the browser; Dash wants a component at its top."""
        root = copy(self.layout)
        root.children = markup.layout(getattr(root, "children", None), self.live)
        return root


Rendered = tuple[Screen, str, tuple[str, ...]]
"""A screen with its HTML, and the lazy parts of Dash that its layout will ask for."""


class _NotKept(Exception):
    def __init__(self, rendered: Rendered) -> None:
        super().__init__()
        self.rendered = rendered


class Screens:
    """The screens of all pages on one catalogue."""

    def __init__(self, pages: list[Page], catalog: Catalog) -> None:
        self.pages = pages
        self.catalog = catalog
        self._kept = lru_cache(maxsize=_VIEWS_KEPT)(self._made)
        self._html = lru_cache(maxsize=_DOCUMENTS_KEPT)(self._whole)

    def locate(self, path: str) -> Place:
        """What stands at a path."""
        return locate(self.pages, path, self.catalog)

    def moved(self, path: str, query: str) -> str:
        """The address to which a reader is sent on; empty where the address is right."""
        place = self.locate(path)
        target = place.moved
        if path == "/" and place.page is not None and set(parse_qs(query)) & set(_TRENDS):
            target = next((page.path for page in self.pages if page.id == "trends"), "")
        return f"{target}{'?' if query else ''}{query}" if target else ""

    def view(self, page: Page, query: str, item: str = "") -> tuple[View, str]:
        """The view of one page, and the state of the store that it belongs to (empty for a live page).

        Raises StoreError when the store cannot answer, Failed when the page cannot.
        """
        state = "" if page.live else current().snapshot().key
        try:
            made = self._made if page.live else self._kept
            return made(page.id, item, query, state), state
        except StacktideError:
            raise
        except Exception as error:
            number = secrets.token_hex(4)
            _log.exception("The view %s of %s?%s failed, id %s.", page.id, item, query, number)
            raise Failed(f"This view could not be made; the log says why under {number}.") from error

    def _made(self, page_id: str, item: str, query: str, state: str) -> View:
        return next(page for page in self.pages if page.id == page_id).answer(query, item)

    def screen(self, path: str, query: str) -> Screen:
        """What one address shows; a store that cannot answer is told in place."""
        place = self.locate(path)
        chosen, card = split(query)
        links = [(page.root, page.label) for page in self.pages if page.label]
        framed = card is not None and not (place.page and place.page.live)

        def shelled(content: Component) -> Component:
            return (
                shell.embedded(content)
                if framed
                else shell.shell(content, links, place.path or path, self.catalog, query)
            )

        page = place.page
        if page is None:
            return Screen(shelled(shell.not_found(links)), "No such page", shell.TAGLINE, "", 404)
        if place.missing:
            content = self._unknown_item(page, place.missing)
            return Screen(shelled(content), "No such page", shell.TAGLINE, "", 404)
        title, described = page.title(self.catalog, place.item), page.described(self.catalog, place.item)
        live, status = frozenset[str](), HTTPStatus.OK
        if place.listing and page.items:
            title, described = page.label or page.name, f"All pages of the kind {page.name}."
            content = listing.listing(title, page.root, page.items(self.catalog))
        else:
            try:
                view = self.view(page, chosen, place.item)[0]
                content = page.layout(view)
                live = frozenset({*view.props, *view.placed})
                title = view.title.removesuffix(" - Stacktide") if place.item or framed else title
                if framed:
                    content = embed.only(content, view, card or "", f"{place.path}?{view.query}".rstrip("?"))
            except StacktideError as error:
                content, status = shell.broken(str(error)), _status(error)
        return Screen(shelled(content), f"{title} - Stacktide", described, place.path, status, framed, live)

    def _unknown_item(self, page: Page, given: str) -> Component:
        items = page.items(self.catalog) if page.items else {}
        told = unknown(page.name.lower(), given[:60], items, "the list has all of them")
        near = [item for item in items if f"`{item}`" in told.partition(":")[2]]
        return shell.no_item(told, page.root, {item: items[item] for item in near})

    def html(self, path: str, query: str) -> Rendered:
        """The screen with its HTML, and the lazy parts of Dash that its layout will ask for."""
        place = self.locate(path)
        live = place.page is None or place.page.live
        if live:
            return self._rendered(path, query)
        try:
            return self._html(path, query, current().snapshot().key)
        except _NotKept as passing:
            return passing.rendered

    def _whole(self, path: str, query: str, state: str) -> Rendered:
        """What is kept for a state of the store: what failed may be whole the next time it is asked for."""
        rendered = self._rendered(path, query)
        if rendered[0].status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _NotKept(rendered)
        return rendered

    def _rendered(self, path: str, query: str) -> Rendered:
        screen = self.screen(path, query)
        return screen, prerender.to_html(screen.layout), prerender.lazy_parts(screen.layout)


def _status(error: StacktideError) -> HTTPStatus:
    return HTTPStatus.INTERNAL_SERVER_ERROR if isinstance(error, Failed) else HTTPStatus.SERVICE_UNAVAILABLE


def split(query: str) -> tuple[str, str | None]:
    """The query of the view, and the card to embed: None where the whole page is asked for, empty for its first."""
    given = parse_qsl(query, keep_blank_values=True)
    chosen = urlencode([(name, value) for name, value in given if name not in _OUTSIDE], safe=",")
    outside = dict(pair for pair in given if pair[0] in _OUTSIDE)
    return chosen, outside.get("chart", "") if outside.get(EMBED) == "1" else None
