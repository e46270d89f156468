"""Reads a list of many pages: the first alone, the rest at the same time, all in page order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import httpx

from reconciler.errors import Malformed
from reconciler.github.prefetch import Sender
from reconciler.github.transport import Ask, understood
from reconciler.github.urls import resolve, same_origin

T = TypeVar("T")

PER_PAGE = 100
"""The most that GitHub gives on one page."""

_MOST_PAGES = 50_000
"""No organisation has that many; a list that says so is not to be believed."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its items, GitHub's count of the whole list, and where the list goes on.

    `last` is the number of the last page as far as this one knows.
    """

    items: tuple[T, ...]
    total: int | None
    next: httpx.URL | None
    last: int | None
    linked: bool

    @property
    def full(self) -> bool:
        return len(self.items) >= PER_PAGE


class Pager:
    """Reads lists through one sender, with as many pages under way as it has threads."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def read(
        self, ask: Ask, decode: Callable[[bytes], tuple[tuple[T, ...], int | None]]
    ) -> list[Page[T]]:
        """Return all pages of the list *ask*.

        A page that can't be read fails the whole list: it is never shorter than GitHub's.
        """
        return self.read_within(ask, decode, _MOST_PAGES) or []

    def read_within(
        self, ask: Ask, decode: Callable[[bytes], tuple[tuple[T, ...], int | None]], most: int
    ) -> list[Page[T]] | None:
        """Return all pages of the list *ask*, or None if there are more than *most*."""

        def page(one: Ask, response: httpx.Response) -> Page[T]:
            items, total = understood(one, response, decode)
            return self._page(one, response, items, total)

        def fetch(one: Ask) -> Page[T]:
            return page(one, self._sender.send(one))

        pages = [fetch(first_page(ask))]
        expected = _expected(pages[0])
        if expected > most:
            return None
        others = [_numbered(ask, number) for number in range(2, expected + 1)]
        pages += self._at_once(others, page)
        followed: set[tuple[str, int | str | None]] = set()
        while (following := _following(ask, pages)) is not None:
            place = (following.path, following.params.get("page"))
            if place in followed or len(pages) >= _MOST_PAGES:
                raise Malformed(f"{ask}: the links between the pages of this list have no end.")
            if len(pages) >= most:
                return None
            followed.add(place)
            pages.append(fetch(following))
        return pages

    def _at_once(
        self, asks: Sequence[Ask], page: Callable[[Ask, httpx.Response], Page[T]]
    ) -> list[Page[T]]:
        """Fetch *asks* in threads and make pages of the answers here, while the next are fetched.

        Raise the first failure as soon as there is one.
        """
        if not asks:
            return []
        with ThreadPoolExecutor(min(self._sender.threads, len(asks))) as pool:
            numbers = {pool.submit(self._sender.send, ask): at for at, ask in enumerate(asks)}
            pages: dict[int, Page[T]] = {}
            try:
                for future in as_completed(numbers):
                    number = numbers.pop(future)  # and with it the answer's text
                    pages[number] = page(asks[number], future.result())
            except BaseException:
                # Nobody wants the other pages now: whoever waits for a limit shall stop waiting.
                self._sender.patience.abandon()
                pool.shutdown(cancel_futures=True)
                raise
            finally:
                self._sender.patience.resume()
        return [pages[number] for number in range(len(asks))]

    def _page(
        self, ask: Ask, response: httpx.Response, items: tuple[T, ...], total: int | None
    ) -> Page[T]:
        links = {name: link["url"] for name, link in response.links.items() if link.get("url")}
        following = self._link(ask, response, links.get("next"))
        last = _page_number(self._link(ask, response, links.get("last")))
        if last is not None and last > _MOST_PAGES:
            raise Malformed(f"{ask}: GitHub says that the list has {last} pages; that can't be.")
        return Page(items, total, following, last, bool(links))

    def _link(self, ask: Ask, response: httpx.Response, target: str | None) -> httpx.URL | None:
        if target is None:
            return None
        url = resolve(response.request.url, target)
        if url is None or not same_origin(url, self._sender.channel.base):
            raise Malformed(
                f"{ask}: the next page is said to be on another host; that is not followed,"
                f" because the token is for {self._sender.channel.base.host} only. Check --api-url."
            )
        return url


def first_page(ask: Ask) -> Ask:
    """Return what is asked for first of the list *ask*."""
    return _numbered(ask, 1)


def _numbered(ask: Ask, number: int) -> Ask:
    return replace(ask, params={**ask.params, "per_page": PER_PAGE, "page": number})


def _expected(first: Page[T]) -> int:
    """Return how many pages can be asked for by number, as the first page tells."""
    if first.last is not None:
        return first.last
    by_number = first.next is None or _page_number(first.next) == 2
    if first.total is None or not first.items or not by_number:
        return 1
    if first.next is None and not first.full:
        return 1
    return min(-(-first.total // len(first.items)), _MOST_PAGES)


def _following(ask: Ask, pages: list[Page[T]]) -> Ask | None:
    """Return what to ask after *pages*, None where the list ends."""
    end = pages[-1]
    if end.next is not None:
        return replace(ask, path=str(end.next), params={})
    if any(page.linked for page in pages) or not end.full:
        return None
    # Without links a full page may be the last: the count decides, else one more page does.
    read = sum(len(page.items) for page in pages)
    if end.total is not None and read >= end.total:
        return None
    return _numbered(ask, len(pages) + 1)


def _page_number(url: httpx.URL | None) -> int | None:
    text = url.params.get("page", "") if url is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
