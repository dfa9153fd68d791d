"""What several test files need: kernels that find the stubs; sites, servers and one browser for a worker's tests."""

import functools
import http.server
import os
import re
import threading
from pathlib import Path

import pytest
from chromium import HOW, find
from playwright.sync_api import sync_playwright
from sites import build, site_course
from small import ROOT, STUBS


@pytest.fixture
def stubs(monkeypatch):
    """Let kernels that this process starts import the stubs in place of the frameworks."""
    monkeypatch.setenv("PYTHONPATH", f"{STUBS}{os.pathsep}{ROOT}")


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    return site_course(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def site(course, tmp_path_factory):
    """The small course's site, built with warnings as errors."""
    out = tmp_path_factory.mktemp("site")
    done = build(course.root, out, "-W")
    assert done.returncode == 0, done.stderr
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def own_site(tmp_path_factory):
    """This course's site, built with warnings as errors."""
    out = tmp_path_factory.mktemp("own")
    done = build(ROOT, out, "-W")
    assert done.returncode == 0, done.stderr[-2000:]
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def serve():
    """Serves folders on the loopback interface; gives their addresses."""
    servers = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    def start(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/book/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def address(site, serve):
    return serve(site)


@pytest.fixture(scope="session")
def browser():
    path = find()
    assert path, HOW
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Opens pages, each in a fresh context; afterwards: no request to another host, no console error."""
    contexts, wrong = [], []

    def foreign(request):
        return not re.match(r"(http://127\.0\.0\.1:|file:|data:|blob:)", request.url)

    def open_page(url: str, width=1536, height=900, wait="load", **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: wrong.append(f"asked {r.url}") if foreign(r) else None)
        page.on("console", lambda m: wrong.append(f"console: {m.text} {m.location['url']}") if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.goto(url, wait_until=wait)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)
