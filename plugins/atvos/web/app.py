"""The web application: list, dataset and Data Docs, behind Airflow's own users."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from atvos.contract import Feed
from atvos.dataset_state import DatasetState
from atvos.oncall import reach, status
from atvos.web import texts, views
from atvos.web.access import Access, Reader
from atvos.web.data import Data

PREFIX = "/atvos"
"""Where Airflow serves the application."""

_HERE = Path(__file__).parent
_LOG = logging.getLogger(__name__)
_UNAUTHENTICATED, _FORBIDDEN, _NOT_FOUND, _UNAVAILABLE = 401, 403, 404, 503
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
# Great Expectations does not escape all that it writes: its pages can do nothing at all.
_DOCS_HEADERS = {
    **_HEADERS,
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
}

_Show: TypeAlias = Callable[["Page", Reader], Response]


def create_app(data: Data, access: Access) -> Starlette:
    """The application over ``data``, for those that ``access`` lets in."""
    environment = _environment()

    def route(path: str, show: _Show) -> Route:
        async def endpoint(request: Request) -> Response:
            page = Page(request, data, environment)
            return await _answer(page, access, show)

        return Route(path, endpoint, methods=["GET"])

    return Starlette(
        routes=[
            route("/", _index),
            route("/datasets/{name}", _dataset),
            route("/docs/{name}/{run_id}", _docs),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
            route("/{rest:path}", _nothing),
        ]
    )


class Page:
    """One request, with what is needed to answer it."""

    def __init__(self, request: Request, data: Data, environment: Environment) -> None:
        """Choose the language; nothing is read yet."""
        self.request = request
        self.data = data
        self._environment = environment
        self.asked = request.query_params.get("lang")
        accepted = request.headers.get("accept-language", "")
        self.language = texts.chosen(self.asked, accepted)
        self.words = texts.of(self.language)

    def render(self, template: str, code: int = 200, **values: Any) -> Response:
        """A page of that template."""
        base = self.request.scope.get("root_path", "").rstrip("/")
        other = next(item for item in type(self.language) if item is not self.language)
        html = self._environment.get_template(template).render(
            t=self.words,
            language=self.language.value,
            other=other.value,
            base=base,
            airflow=base.removesuffix(PREFIX),
            query=f"?{urlencode({'lang': self.language.value})}" if self.asked else "",
            **values,
        )
        return HTMLResponse(html, code, _HEADERS)

    def problem(self, code: int, key: str) -> Response:
        """A page that says what is wrong."""
        return self.render(
            "problem.html", code, heading=self.words[key], text=self.words[f"{key}_text"]
        )

    def state(self, name: str, reader: Reader) -> DatasetState | None:
        """The dataset, None where there is none that the reader may see."""
        state = self.data.states().get(name)
        return state if state is not None and _may_see(state, reader) else None


async def _answer(page: Page, access: Access, show: _Show) -> Response:
    try:
        reader = await access(page.request)
    except HTTPException as error:
        if error.status_code == _UNAUTHENTICATED:
            return _to_login(page.request)
        return page.problem(_FORBIDDEN, "forbidden")
    try:
        return await run_in_threadpool(show, page, reader)
    except reach.errors():
        _LOG.exception("the datasets cannot be read")
        return page.problem(_UNAVAILABLE, "unavailable")


def _index(page: Page, reader: Reader) -> Response:
    seen = [state for state in page.data.states().values() if _may_see(state, reader)]
    return page.render(
        "index.html",
        rows=[views.row(state) for state in status.worst_first(seen)],
        counts=views.counts(seen),
        read_at=seen[0].now if seen else None,
    )


def _dataset(page: Page, reader: Reader) -> Response:
    name = page.request.path_params["name"]
    state = page.state(name, reader)
    if state is None:
        return _nothing(page, reader)
    shown = views.detail(state, page.language)
    samples = page.data.samples(state.table) if isinstance(state.table, Feed) else []
    docs = page.data.docs(name, views.run_ids(state))
    return page.render("dataset.html", d=shown, samples=samples, docs=docs, read_at=state.now)


def _docs(page: Page, reader: Reader) -> Response:
    parameters = page.request.path_params
    found = None
    if page.state(parameters["name"], reader) is not None:
        found = page.data.page(parameters["name"], parameters["run_id"])
    return _nothing(page, reader) if found is None else HTMLResponse(found, headers=_DOCS_HEADERS)


def _nothing(page: Page, _reader: Reader) -> Response:
    return page.problem(_NOT_FOUND, "not_found")


def _may_see(state: DatasetState, reader: Reader) -> bool:
    return any(map(reader.may_read, views.dag_ids(state)[:1]))


def _to_login(request: Request) -> Response:
    """Airflow's login, which comes back to this page."""
    root = request.scope.get("root_path", "").rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    here = urlencode({"next": f"{request.url.path}{query}"})
    return RedirectResponse(f"{root.removesuffix(PREFIX)}/api/v2/auth/login?{here}", 307)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = views.moment
    return environment
