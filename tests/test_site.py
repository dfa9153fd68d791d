"""The site in a real browser: a small course and this one, built by plain `jupyter-book build`."""

import ast
import functools
import gzip
import hashlib
import html
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pydata_sphinx_theme
import pytest
import small
from axe_playwright_python.sync_playwright import Axe
from chromium import HOW, find
from playwright.sync_api import expect, sync_playwright

from triptych import words
from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course
from triptych.extras import trimmed
from triptych.notebook import code_cells, digest, load, store
from triptych.panels import marked
from triptych.upkeep.anchors import add_anchors, compare, listed

ROOT = Path(__file__).parent.parent
ALL = ["Keras", "TensorFlow", "PyTorch"]
expect.set_options(timeout=15_000)  # machines that do other things as well are slow
PICTURE = (
    small.FRONT.replace("results: [total]\n", "")
    + '''\
# Pictures and formulas

The mean is $\\bar{x} = \\frac{1}{n} \\sum_i x_i$, and so is

$$\\bar{x} = \\int_0^1 x \\, \\mathrm{d}x.$$

Bare words such as keras.io are no links.[^note] Go on [to the steps](small.md#the-steps-below).

[^note]: A footnote.

+++ {"tags": ["pytorch"]}

PyTorch has a formula, $\\nabla L$, and no code.

```{code-cell} ipython3
---
tags: [keras, hide-input]
caption: A line, drawn by *Keras*.
alt: A line that rises from left to right.
---
print("drawn by keras")
```

```{code-cell} ipython3
:tags: [keras]

again = "a second cell of the column"
```

```{code-cell} ipython3
:tags: [tensorflow]

print("a wallaby in TensorFlow only, and a line of the output that is a good deal longer than a column is wide, so that it scrolls")
```

```{code-cell} ipython3
:tags: [varies]

import time

print(f"seconds {time.perf_counter():.4f}")
```

```{code-cell} ipython3
:tags: [hide-output]

for line in range(40):
    print("a long dump", line)
```

| column | another |
| --- | --- |
| one | two |
'''
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120"><path d="M9 99L300 9" stroke="#000"/></svg>'
NO_STORAGE = """
for (const name of ["getItem", "setItem"]) {
  const real = Storage.prototype[name];
  Storage.prototype[name] = function (key, ...rest) {
    if (key.startsWith("triptych")) throw new Error("no storage");
    return real.call(this, key, ...rest);
  };
}"""


def build(root: Path, out: Path, *options: str, **environment: str) -> subprocess.CompletedProcess:
    """`jupyter-book build ROOT`, as typed, from another folder; colours taken out of what it says."""
    inherited = {name: value for name, value in os.environ.items() if name != "GITHUB_REPOSITORY"}
    command = [Path(sys.executable).with_name("jupyter-book"), "build", str(root), "--path-output", str(out), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=out, env=inherited | environment)
    done.stdout, done.stderr = (re.sub(r"\x1b\[[\d;]*m", "", text) for text in (done.stdout, done.stderr))
    return done


def site_course(folder: Path) -> Course:
    """The small course with a chapter of pictures, ready to build."""
    course = small.course(folder, small.CHAPTER + small.TOGETHER, picture=PICTURE)
    with (folder / "_config.yml").open("a") as config:
        config.write(f"sphinx:\n  local_extensions: {{triptych.page: {ROOT}}}\n")
    small.pretend(course)
    path = course.notebook("keras", "picture")
    notebook = load(path)
    drawing = next(cell for cell in code_cells(notebook) if "drawn by" in cell["source"])
    drawing["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": SVG}}]
    notebook["metadata"]["triptych"]["digest"] = digest(notebook)
    store(path, notebook)
    return course


def digests(folder: Path) -> dict[str, str]:
    """File name to a digest of its bytes."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


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


def shown(page) -> list[str]:
    """Names above the visible panels of the page's first row."""
    return [p.locator(".framework").inner_text() for p in page.locator(".panels").first.locator(".panel").all() if p.is_visible()]


def button(page, name: str):
    """A framework's button, found by its exact accessible name."""
    return page.get_by_role("button", name=name, exact=True)


def pages(site: Path) -> list[str]:
    """Addresses of a site's pages, relative to `book/`."""
    return sorted(path.name for path in (site / "book").glob("*.html")) + ["../search.html"]


def sideways(page) -> int:
    """How many pixels the page can be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


# The build.


def test_building_twice_gives_the_same_site(course, site):
    """A second build finds nothing to do, and is clean, too."""
    before = digests(site)
    assert build(course.root, site.parent.parent, "-W").returncode == 0
    assert digests(site) == before


@pytest.mark.parametrize("options, code", [((), 0), (("-W",), 1)])
def test_a_stale_notebook_gives_one_line_that_says_what_to_do(tmp_path, options, code):
    """Outputs that no longer fit their code are named, not shown."""
    stale = site_course(tmp_path / "course")
    small.edit(stale.source("small"), "total = sum(numbers)  # pytorch", "total = 0 + sum(numbers)  # pytorch")
    done = build(stale.root, tmp_path, *options)
    lines = [line for line in done.stderr.splitlines() if "small.md" in line]
    assert done.returncode == code and "Traceback" not in done.stderr and len(lines) == 1, done.stderr
    assert "pytorch notebook is stale" in lines[0] and "`python -m triptych run small`" in lines[0]


def test_a_missing_notebook_gives_one_line_and_a_page(tmp_path):
    """The page is there without the outputs."""
    missing = site_course(tmp_path / "course")
    missing.notebook("tensorflow", "small").unlink()
    done = build(missing.root, tmp_path)
    lines = [line for line in done.stderr.splitlines() if "small.md" in line]
    assert done.returncode == 0 and len(lines) == 1 and "the tensorflow notebook has not run yet" in lines[0], done.stderr
    assert "keras says" in (tmp_path / "_build" / "html" / "book" / "small.html").read_text()


def test_a_changed_notebook_changes_its_page(tmp_path):
    """A second build shows the new outputs, and leaves the other pages alone."""
    changed = site_course(tmp_path / "course")
    assert build(changed.root, tmp_path).returncode == 0
    before = digests(tmp_path / "_build" / "html" / "book")
    path = changed.notebook("tensorflow", "picture")
    notebook = load(path)
    code_cells(notebook)[1]["outputs"][0]["text"] = ["a kangaroo"]
    notebook["metadata"]["triptych"]["digest"] = digest(notebook)
    store(path, notebook)
    assert build(changed.root, tmp_path, "-W").returncode == 0
    after = digests(tmp_path / "_build" / "html" / "book")
    assert {name for name in after if after[name] != before[name]} == {"picture.html"}
    assert "a kangaroo" in (tmp_path / "_build" / "html" / "book" / "picture.html").read_text()


@pytest.mark.parametrize(
    "slug, before, after",
    [
        ("picture", "\\int_0", "\\inte_0"),
        ("small", "{{ total }}", "{{ sum }}"),
        ("small", "](#the-steps-below)", "](loops.md)"),
    ],
)
def test_a_broken_formula_number_or_link_is_named_with_its_line(tmp_path, slug, before, after):
    """Authors see where, also for what only the page reads."""
    broken = site_course(tmp_path / "course")
    small.edit(broken.source(slug), before, after)
    line = small.line_of(broken.source(slug).read_text(), after)
    done = build(broken.root, tmp_path)
    assert done.returncode == 0 and f"{slug}.md:{line}: WARNING" in done.stderr, done.stderr


def test_a_broken_chapter_gives_one_line(tmp_path):
    """What cannot be read is named with file and line, without a traceback."""
    broken = site_course(tmp_path / "course")
    small.edit(broken.source("small"), ":tags: [keras]", ":tags: [keras")
    done = build(broken.root, tmp_path, "-W")
    assert done.returncode == 1 and "Traceback" not in done.stderr and "book/small.md:" in done.stderr, done.stderr


def normalised(code: str) -> str | None:
    """Code without comments, layout and its own choice of names, so that a reworded copy is found; None if it is no code."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        for field in ("id", "arg", "name"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, names.setdefault(getattr(node, field), f"name{len(names)}"))
    return ast.dump(tree)


def code_on(path: Path) -> list[str]:
    """The cells of a notebook, or the code blocks of a page."""
    if path.suffix == ".ipynb":
        return [cell["source"] for cell in code_cells(load(path))]
    blocks = re.findall(r"<pre>(.*?)</pre>", path.read_text(encoding="utf-8"), re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", block)) for block in blocks]


def plain(path: Path) -> str:
    """A file's text as a reader sees it, and as it stands in the file."""
    text = path.read_text(encoding="utf-8")
    cells = code_on(path) if path.suffix == ".ipynb" else []
    return "\n".join([text, html.unescape(re.sub(r"<[^>]+>", "", text)), *cells])


def leaks(course: Course, site: Path) -> list[str]:
    """Where a solution or hidden check stands in what is published, by text and by normalised code."""
    cells = [cell for slug in course.slugs for cell in read(course, slug).cells]
    secret = [cell.source for cell in cells if cell.role in ("solution", "hidden-check")]
    public = "\n".join(cell.source for cell in cells if cell.source not in secret)
    lines = {line.strip() for source in secret for line in source.splitlines()}
    telling = {line for line in lines if len(line) > 8 and line not in public}
    trees = {normalised(source) for source in secret} - {None}
    found = []
    with tempfile.TemporaryDirectory() as folder:
        unpack(site, Path(folder))
        files = [*site.rglob("*"), *Path(folder).rglob("*"), *(course.root / "notebooks").rglob("*.ipynb")]
        for path in files:
            if path.suffix in (".html", ".js", ".ipynb", ".json", ".md", ".txt") and "_static" not in path.parts:
                text = plain(path)
                found += [f"{path.name}: {line}" for line in telling if line in text]
                found += [f"{path.name}: {code}" for code in code_on(path) if normalised(code) in trees]
    return found


def unpack(site: Path, folder: Path):
    """Put what a site's archives and the compressed records of its search index hold into `folder`."""
    for path in site.rglob("*.zip"):
        shutil.unpack_archive(path, folder / path.stem)
    for path in site.rglob("*.pf_fragment"):
        record = json.loads(gzip.decompress(path.read_bytes()).decode().removeprefix("pagefind_dcd"))
        (folder / f"{path.stem}.txt").write_text(record["content"].replace("\u2060 ", ""), encoding="utf-8")


def test_no_solution_and_no_hidden_check_is_published(course, site):
    """Neither on pages nor in downloads, search index or stored notebooks."""
    assert leaks(course, site) == []


@pytest.mark.parametrize(
    "leak",
    [
        "<pre>def <b>again</b>(x):  # reworded\n    return x + x</pre>",
        "print(&quot;double:&quot;, &quot;passed&quot; if good else &quot;not yet: wrong elsewhere&quot;)",
        "good = <i>twice</i>(-3) == -6",
    ],
)
def test_the_search_for_solutions_finds_them(course, tmp_path, leak):
    """Reworded, coloured, or in an index: else the two tests beside this one would say nothing."""
    (tmp_path / "page.html").write_text(f"<p>before</p>{leak}<p>after</p>")
    assert leaks(course, tmp_path)


def test_no_solution_of_this_course_is_published(own_site):
    assert leaks(Course(ROOT), own_site) == []


# Every page.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["site", "own_site"])
def test_every_page_is_accessible_and_stays_at_home(which, scheme, request, serve, visit):
    """axe finds nothing; no other host is asked; no console error; 390 px are wide enough, in one line of buttons."""
    folder = request.getfixturevalue(which)
    base = serve(folder)
    for name in pages(folder):
        page = visit(base + name, color_scheme=scheme)
        violations = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
        assert not violations, (name, json.dumps([(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in violations], indent=1))
        page.set_viewport_size({"width": 390, "height": 800})
        assert sideways(page) <= 0, name
        tops = {round(b.bounding_box()["y"]) for b in page.locator(".bd-header-article button:visible").all()}
        assert len(tops) <= 3 and all(top < 56 for top in tops), (name, tops)


@pytest.mark.parametrize("which", ["site", "own_site"])
def test_every_page_works_from_a_folder(which, request, visit):
    """Opened as files: the same pages, without a server."""
    folder = request.getfixturevalue(which)
    for name in pages(folder):
        page = visit((folder / "book" / name).as_uri())
        if page.locator(".frameworks").count():
            button(page, "Keras").click()
            assert shown(page) == ["TensorFlow", "PyTorch"]
            page.reload()
            assert shown(page) == ["TensorFlow", "PyTorch"]


# The choice.


@pytest.mark.parametrize("width, expected", [(1280, ALL), (1279, ["Keras"]), (390, ["Keras"])])
def test_first_visit_shows_as_many_as_fit(address, visit, width, expected):
    """Where one is shown, a line says that there are two more, until a choice is made."""
    page = visit(address + "small.html", width=width)
    more = page.get_by_text(words.MORE)
    assert shown(page) == expected and more.is_visible() == (len(expected) == 1)
    button(page, "PyTorch").click()
    assert not more.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_choice_is_made_before_the_first_paint(address, visit, scheme):
    """Frameworks and colours are there when the body begins, so nothing jumps or flashes."""
    page = visit("about:blank", width=390, color_scheme=scheme)
    watch = "new MutationObserver(() => document.body && (window.early ??= { ...document.documentElement.dataset }))"
    page.add_init_script(f"{watch}.observe(document, {{childList: true, subtree: true}})")
    page.goto(address + "small.html")
    early = page.evaluate("window.early")
    assert (early["frameworks"], early["theme"]) == ("keras", scheme)


def test_toggles_switch_and_say_so(address, visit):
    """Each button has its framework's exact name and says whether it is pressed; the address follows."""
    page = visit(address + "small.html?highlight=sum")
    for name in ALL:
        expect(button(page, name)).to_have_attribute("aria-pressed", "true")
    button(page, "TensorFlow").click()
    expect(button(page, "TensorFlow")).to_have_attribute("aria-pressed", "false")
    assert shown(page) == ["Keras", "PyTorch"]
    assert page.url.endswith("?highlight=sum&framework=keras,pytorch")


def test_the_last_one_on_stays_on(address, visit):
    page = visit(address + "small.html?framework=pytorch")
    button(page, "PyTorch").click()
    assert shown(page) == ["PyTorch"]
    expect(button(page, "PyTorch")).to_have_attribute("aria-pressed", "true")


def test_the_choice_is_kept_over_reloads_and_pages(address, visit):
    page = visit(address + "small.html")
    button(page, "Keras").click()
    page.reload()
    assert shown(page) == ["TensorFlow", "PyTorch"]
    page.goto(address + "picture.html")
    assert shown(page) == ["TensorFlow", "PyTorch"]
    button(page, "TensorFlow").click()
    page.go_back()
    assert shown(page) == ["PyTorch"], "an older address does not undo the last choice"


@pytest.mark.parametrize(
    "asked, expected",
    [("pytorch,keras", ["Keras", "PyTorch"]), ("tensorflow", ["TensorFlow"]), ("jax", ALL), ("", ALL)],
)
def test_the_address_chooses(address, visit, asked, expected):
    """A link may say what to show; what it does not know is left out."""
    page = visit(f"{address}small.html?framework={asked}")
    assert shown(page) == expected
    page.goto(address + "picture.html")
    assert shown(page) == expected


def test_the_keyboard_is_enough(address, visit):
    """Tab reaches the buttons, in order; space and enter switch; the focus can be seen."""
    page = visit(address + "small.html")
    button(page, "Keras").focus()
    page.keyboard.press("Tab")
    expect(button(page, "TensorFlow")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Space")
    assert shown(page) == ["Keras", "PyTorch"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert shown(page) == ["Keras"]


@pytest.mark.parametrize("asked", ["keras", "keras,tensorflow"])
def test_what_is_read_stays_in_its_place(address, visit, asked):
    """Switching changes the height of the panels above, not what is under the reader's eyes."""
    page = visit(f"{address}small.html?framework={asked}", width=700, height=300)
    heading = page.get_by_role("heading", name="Twice")
    page.evaluate("scrollTo(0, document.querySelector('#twice').offsetTop - 60)")
    before, at = heading.bounding_box()["y"], button(page, "TensorFlow").bounding_box()
    page.mouse.click(at["x"] + 9, at["y"] + 9)  # the test driver's own click would scroll first
    assert len(shown(page)) != len(asked.split(","))
    assert abs(heading.bounding_box()["y"] - before) < 3


def test_without_storage_the_page_still_works(address, visit):
    """Browsers that forbid storage keep the choice as long as the page."""
    page = visit("about:blank")
    page.add_init_script(NO_STORAGE)
    page.goto(address + "small.html")
    button(page, "Keras").click()
    assert shown(page) == ["TensorFlow", "PyTorch"]


# Off, but findable.


def test_panels_that_are_off_leave_no_trace(address, visit):
    """No height, no column, no place in the tab order or for screen readers."""
    page = visit(address + "small.html?framework=keras")
    off = page.locator(".panel.tensorflow").first
    expect(off).to_have_attribute("hidden", "until-found")
    box = off.bounding_box()
    assert box is None or box["height"] == 0
    row = page.locator(".panels").first.bounding_box()
    assert page.locator(".panel.keras").first.bounding_box()["height"] == pytest.approx(row["height"] - 24, abs=1)  # its margin


def test_the_browsers_find_opens_a_panel_that_is_off(address, visit):
    """A text fragment, as find does, switches the framework on."""
    page = visit(address + "picture.html?framework=keras")
    page.goto(address + "picture.html?framework=keras#:~:text=a%20wallaby%20in%20TensorFlow")
    page.wait_for_function("document.documentElement.dataset.frameworks === 'keras tensorflow'")
    assert shown(page) == ["Keras", "TensorFlow"]
    expect(button(page, "TensorFlow")).to_have_attribute("aria-pressed", "true")


# Layout.


@pytest.mark.parametrize("width", [1280, 1440, 1536, 1920])
@pytest.mark.parametrize("on", [ALL, ["Keras", "PyTorch"]])
def test_columns_stand_beside_each_other(address, visit, width, on):
    """Equal in width and aligned at the top, broken out of the reading column, in every row; nothing scrolls sideways."""
    page = visit(f"{address}small.html?framework={','.join(on).lower()}", width=width)
    for row in page.locator(".panels").all():
        boxes = [panel.bounding_box() for panel in row.locator(".panel").all() if panel.is_visible()]
        assert len(boxes) == len(on)
        assert len({round(box["y"]) for box in boxes}) == 1 and len({round(box["width"]) for box in boxes}) == 1
        left, right = boxes[0]["x"], boxes[-1]["x"] + boxes[-1]["width"]
        assert boxes == sorted(boxes, key=lambda box: box["x"])
        assert left >= 0 and right <= width and right - left > 46 * 16
    assert page.locator("article p:visible").first.bounding_box()["width"] <= 46 * 16
    assert sideways(page) <= 0


def test_72_characters_of_code_fit_a_column_at_1920(address, visit):
    page = visit(address + "small.html", width=1920)
    room = page.locator(".panel pre").first.evaluate(
        """pre => { const style = getComputedStyle(pre), canvas = document.createElement("canvas").getContext("2d");
        canvas.font = `${style.fontSize} ${style.fontFamily}`;
        return (pre.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) / canvas.measureText("m").width }"""
    )
    assert room >= 72


def test_one_on_is_a_normal_page(address, visit):
    """Sidebars beside it, the panel as wide as the text."""
    page = visit(address + "small.html?framework=pytorch", width=1440)
    expect(page.locator("#pst-primary-sidebar")).to_be_visible()
    expect(page.locator("#pst-secondary-sidebar")).to_be_visible()
    assert page.locator(".panel.pytorch").first.bounding_box()["width"] == pytest.approx(46 * 16, abs=1)


@pytest.mark.parametrize("side, link", [("primary", "Pictures and formulas"), ("secondary", "Exercises")])
def test_sidebars_fold_away_and_open_over_the_page(address, visit, side, link):
    """Beside columns the buttons open them; Escape closes; the page below does not move."""
    page = visit(address + "small.html", width=1440)
    sidebar, opener = page.locator(f"#pst-{side}-sidebar"), page.locator(f".{side}-toggle")
    expect(sidebar).not_to_be_visible()
    before = page.locator("h1").first.bounding_box()
    opener.click()
    expect(sidebar.get_by_role("link", name=link)).to_be_visible()
    assert page.locator("article h1").first.bounding_box() == pytest.approx(before) or before is None
    page.keyboard.press("Escape")
    expect(sidebar).not_to_be_visible()
    opener.click()
    page.mouse.click(720, 600)
    expect(sidebar).not_to_be_visible()


def test_on_a_phone_panels_stack_and_names_are_short(address, visit):
    """Full names stay for screen readers; long lines scroll in their own block."""
    page = visit(address + "picture.html?framework=keras,tensorflow", width=390)
    boxes = [page.locator(f".panel.{name}").first.bounding_box() for name in ("keras", "tensorflow")]
    assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]
    assert button(page, "TensorFlow").inner_text().split()[-1] == "TF"
    assert button(page, "TensorFlow").bounding_box()["width"] < 70
    scrolls = page.locator(".panel.tensorflow pre").nth(1).evaluate("pre => pre.scrollWidth > pre.clientWidth")
    assert scrolls and sideways(page) <= 0


def test_without_javascript_all_three_are_there(address, visit):
    """Beside each other, with no dead buttons, and with the way to other pages."""
    page = visit(address + "small.html", java_script_enabled=False)
    panels = page.locator(".panels").first.locator(".panel")
    assert [panel.locator(".framework").inner_text() for panel in panels.all() if panel.is_visible()] == ALL
    assert len({round(panel.bounding_box()["y"]) for panel in panels.all()}) == 1
    expect(page.locator(".frameworks")).not_to_be_visible()
    expect(page.get_by_role("link", name="Pictures and formulas").first).to_be_visible()
    colours = page.locator(".source span").evaluate_all("spans => spans.map(span => getComputedStyle(span).color)")
    assert len(set(colours)) > 3, "code has its colours"
    assert sideways(page) <= 0


def test_on_paper_all_three_are_there(address, visit):
    """Under each other, the buttons gone, long lines broken."""
    page = visit(address + "picture.html?framework=keras", width=800)
    page.emulate_media(media="print")
    assert shown(page) == ALL
    assert page.get_by_text("a wallaby").last.bounding_box()["height"] > 0
    for name in ALL:
        expect(page.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    expect(page.locator(".frameworks")).not_to_be_visible()
    assert sideways(page) <= 0
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("article p:visible").first.evaluate("p => getComputedStyle(p).color") == "rgb(0, 0, 0)"


# What stands on a page.


def test_a_page_of_prose_is_a_plain_page(address, visit):
    """No buttons, no notebooks, its sidebars beside it, whatever the choice."""
    page = visit(address + "index.html")
    expect(page.locator(".frameworks, .notebooks, .ran")).to_have_count(0)
    expect(page.locator("#pst-primary-sidebar")).to_be_visible()


def test_shared_output_stands_once_and_says_so(address, visit):
    page = visit(address + "small.html")
    result = page.locator(".result", has_text="total 6.2500 of 3")
    expect(result).to_have_count(1)
    expect(result.get_by_text(words.SAME)).to_be_visible()
    expect(page.get_by_text("The total is 6.2500, of 3 numbers.")).to_be_visible()


def test_each_shows_code_once_and_three_outputs(address, visit):
    page = visit(address + "small.html")
    expect(page.locator(".source", has_text='"one of"')).to_have_count(1)
    outputs = [page.locator(f".panel.{name} .result", has_text="one of").inner_text().strip() for name in FRAMEWORKS]
    assert outputs == ["one of ['keras']", "one of ['tf']", "one of ['torch']"]


def test_together_stands_once_whatever_is_on(address, visit):
    page = visit(address + "small.html?framework=pytorch")
    expect(page.locator(".result", has_text="'tensorflow': 6.25")).to_be_visible()


def test_numbers_that_vary_say_where_they_were_measured(address, visit, course):
    """Each framework has its own, with hardware and date."""
    ran = load(course.notebook("pytorch", "picture"))["metadata"]["triptych"]["ran"]
    page = visit(address + "picture.html")
    for name in FRAMEWORKS:
        result = page.locator(f".panel.{name} .result", has_text="seconds")
        expect(result.get_by_text(f"measured on {ran['hardware']}, {ran['date']}")).to_be_visible()
    expect(page.locator(".result", has_text="seconds").get_by_text(words.SAME)).to_have_count(0)


def test_an_exercise_shows_what_to_do_and_no_more(address, visit):
    """Title, points, starter of each framework, check and its verdict, in one frame."""
    page = visit(address + "small.html")
    frame = page.locator(".exercise")
    expect(frame).to_have_count(1)
    expect(frame.get_by_role("heading", name="Twice")).to_be_visible()
    expect(frame.locator(".points")).to_have_text(re.compile(r"^1 point\b.*double a number"))
    expect(frame.locator(".panel .source", has_text="your turn")).to_have_count(3)
    expect(frame.get_by_text("double: not yet: 2 gives another")).to_be_visible()
    expect(frame.get_by_text("wrong elsewhere")).to_have_count(0)


def test_folded_cells_open(address, visit):
    """Drawing code and long dumps are there on demand, without script."""
    page = visit(address + "picture.html", java_script_enabled=False)
    for summary, text in ((words.SHOW_CODE, '"drawn by keras"'), (words.SHOW_OUTPUT, "a long dump 39")):
        expect(page.get_by_text(text)).not_to_be_visible()
        page.get_by_text(summary).click()
        expect(page.get_by_text(text)).to_be_visible()


def test_a_figure_has_alternative_text_and_caption(address, visit):
    page = visit(address + "picture.html")
    picture = page.get_by_role("img", name="A line that rises from left to right.")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 320
    expect(page.locator("figure figcaption em")).to_have_text("Keras")


def test_a_figure_is_legible_in_the_dark(address, visit):
    """The black line on white is drawn light on the page's dark colour."""
    page = visit(address + "picture.html", color_scheme="dark")
    look = "image => (({ filter, mixBlendMode, backgroundColor }) => [filter, mixBlendMode, backgroundColor])(getComputedStyle(image))"
    style = page.locator("figure img").evaluate(look)
    assert style[0].startswith("invert(1)") and style[1] == "screen" and style[2] == "rgba(0, 0, 0, 0)"


def test_formulas_are_set_at_build_time(address, visit):
    """Without JavaScript, in the fonts that come along, and as MathML for screen readers."""
    page = visit(address + "picture.html", java_script_enabled=False)
    expect(page.locator(".katex-display")).to_have_count(1)
    expect(page.locator(".katex-error")).to_have_count(0)
    assert page.locator("math").count() == 3
    page = visit(address + "picture.html")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Math'))")
    assert page.evaluate("[...document.fonts].some(font => font.family === 'KaTeX_Math' && font.status === 'loaded')")


def test_only_code_has_a_copy_button(address, visit):
    page = visit(address + "small.html")
    assert page.locator(".source button.copy").count() == page.locator(".source").count() == page.locator(".source pre").count() > 0
    expect(page.locator(".result button.copy")).to_have_count(0)


def test_links_and_footnotes_arrive(address, visit):
    """Links between chapters, to headings and to footnotes; bare words are none."""
    page = visit(address + "picture.html")
    assert page.get_by_role("link", name="keras.io").count() == 0
    expect(page.get_by_text("A footnote.")).to_be_visible()
    page.get_by_role("link", name="to the steps").click()
    assert page.url.endswith("small.html#the-steps-below")


def test_the_page_says_what_it_last_ran_with(address, visit, course):
    """Versions, date and processor of each framework shown."""
    page = visit(address + "small.html?framework=keras")
    ran = load(course.notebook("keras", "small"))["metadata"]["triptych"]["ran"]
    last = page.get_by_role("region", name=words.LAST_RUN)
    row = last.get_by_role("row").filter(has_text="Keras")
    versions = [f"{package} {version}" for package, version in ran["versions"].items()]
    for said in (ran["date"], ran["hardware"], f"Python {ran['python']}", *versions):
        expect(row).to_contain_text(said)
    expect(last.get_by_text("PyTorch")).not_to_be_visible()


def test_each_notebook_can_be_downloaded(address, visit, course):
    """The stored notebook itself, under a name that says which it is; only for frameworks that are on."""
    page = visit(address + "small.html?framework=keras,pytorch")
    for name, label in zip(FRAMEWORKS, ALL):
        link = page.get_by_role("link", name=f"{words.DOWNLOAD} {label}")
        if name == "tensorflow":
            expect(link).to_have_count(0)
            continue
        with page.expect_download() as started:
            link.click()
        assert started.value.suggested_filename == f"small-{name}.ipynb"
        assert started.value.path().read_bytes() == course.notebook(name, "small").read_bytes()


def test_without_a_repository_there_is_no_colab_button(site):
    assert "colab.research" not in (site / "book" / "small.html").read_text()


@pytest.mark.parametrize(
    "config, environment",
    [("repository: {url: 'https://github.com/us/course'}\n", {}), ("", {"GITHUB_REPOSITORY": "us/course"})],
)
def test_with_a_repository_each_framework_opens_in_colab(tmp_path, visit, config, environment):
    """From `_config.yml`, or in GitHub Actions from the environment; links lead to the branch `published`."""
    course = site_course(tmp_path / "course")
    (course.root / "_config.yml").write_text(config + (course.root / "_config.yml").read_text())
    assert build(course.root, tmp_path, **environment).returncode == 0
    page = visit((tmp_path / "_build" / "html" / "book" / "small.html").as_uri())
    for name, label in zip(FRAMEWORKS, ALL):
        link = page.get_by_role("link", name=f"{words.OPEN_IN_COLAB} {label}")
        target = f"https://colab.research.google.com/github/us/course/blob/published/notebooks/{name}/small.ipynb"
        expect(link).to_have_attribute("href", target)


# The switch, once more: keys, place, links.


def test_the_bar_stays_in_reach(address, visit):
    """At the top of the window, one line high, however far one has read."""
    for width in (390, 1280):
        page = visit(address + "small.html", width=width, height=500)
        page.mouse.wheel(0, 4000)
        page.wait_for_function("scrollY > 200")
        boxes = [b.bounding_box() for b in page.locator(".frameworks button, .tools button:visible").all()]
        assert len({box["y"] for box in boxes}) == 1 and 0 <= boxes[0]["y"] and boxes[0]["y"] + boxes[0]["height"] < 56


def test_keys_switch(address, visit):
    """1, 2 and 3 the frameworks, d the differences, ? the help; with Control they are the browser's."""
    page = visit(address + "small.html")
    page.keyboard.press("2")
    assert shown(page) == ["Keras", "PyTorch"]
    page.keyboard.press("Control+1")
    assert shown(page) == ["Keras", "PyTorch"]
    page.keyboard.press("1")
    page.keyboard.press("3")
    assert shown(page) == ["PyTorch"], "the last one stays"
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name=words.KEYS)
    expect(keys).to_be_visible()
    page.keyboard.press("1")
    assert shown(page) == ["PyTorch"], "the page behind the help is left alone"
    for meaning in words.KEY_MEANINGS.values():
        expect(keys.get_by_text(meaning)).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).not_to_be_visible()
    page.get_by_role("button", name=words.KEYS).click()
    page.get_by_role("button", name=words.CLOSE).click()
    expect(keys).not_to_be_visible()


def test_keys_are_off_where_one_types_and_where_one_says_so(address, visit):
    """In the search field, and after the reader has switched them off, also on the next page."""
    page = visit(address + "small.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("123?d")
    assert page.locator("#pst-search-dialog input").input_value() == "123?d" and shown(page) == ALL
    page.keyboard.press("Escape")
    expect(page.locator("#pst-search-dialog")).not_to_be_visible()
    page.keyboard.press("?")
    page.get_by_label(words.KEYS_ON).uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert shown(page) == ALL
    page.goto(address + "picture.html")
    page.keyboard.press("1")
    assert shown(page) == ALL
    page.keyboard.press("?")
    expect(page.get_by_label(words.KEYS_ON)).not_to_be_checked()


def test_a_panel_that_is_read_stays_in_its_place(address, visit):
    """Another panel comes in above it, in the same row."""
    page = visit(address + "picture.html?framework=tensorflow", width=700, height=400)
    panel = page.locator(".panel.tensorflow .source").first
    page.evaluate("scrollTo(0, document.querySelector('.panel.tensorflow .source').getBoundingClientRect().top + scrollY - 80)")
    before = panel.bounding_box()["y"]
    page.keyboard.press("1")
    assert shown(page) == ["Keras", "TensorFlow"] and abs(panel.bounding_box()["y"] - before) < 3
    page.keyboard.press("1")
    assert shown(page) == ["TensorFlow"] and abs(panel.bounding_box()["y"] - before) < 3


def test_links_carry_the_choice(address, visit):
    """Into the course and to headings, followed or copied; on a first visit there is no choice to carry."""
    page = visit(address + "picture.html")
    inner, heading = page.locator("article").get_by_role("link", name="to the steps"), page.locator("h1 a.headerlink")
    for link in (inner, heading):
        link.click(button="right", force=True)
        assert "framework" not in link.evaluate("a => a.href")
    page.keyboard.press("3")
    for link in (inner, heading):
        link.click(button="right", force=True)
        assert "?framework=keras,tensorflow#" in link.evaluate("a => a.href")
    assert "framework" not in page.locator("a[download]").first.evaluate("a => a.href")
    inner.click()
    assert page.url.endswith("small.html?framework=keras,tensorflow#the-steps-below") and shown(page) == ALL[:2]


def test_the_address_of_a_later_page_has_the_choice(address, visit):
    """So what is copied from the browser's bar shows the same elsewhere."""
    page = visit(address + "picture.html")
    page.keyboard.press("1")
    page.goto(address + "small.html#the-steps-below")
    assert page.url.endswith("small.html?framework=tensorflow,pytorch#the-steps-below")


def test_without_storage_links_carry_the_choice(address, visit):
    page = visit("about:blank")
    page.add_init_script(NO_STORAGE)
    page.goto(address + "picture.html")
    page.keyboard.press("3")
    page.locator("article").get_by_role("link", name="to the steps").click()
    assert shown(page) == ALL[:2]


def test_one_on_does_not_repeat_its_name(address, visit):
    """On screen; two on and paper have the names."""
    page = visit(address + "small.html?framework=pytorch")
    expect(page.locator(".panel.pytorch > .framework").first).not_to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".panel.pytorch > .framework").first).to_be_visible()
    page.emulate_media(media="screen")
    page.keyboard.press("1")
    expect(page.locator(".panel.pytorch > .framework").first).to_be_visible()


@pytest.mark.parametrize("width", [390, 800, 1000, 1536])
@pytest.mark.parametrize("on", ["keras", "keras,pytorch", "keras,tensorflow,pytorch"])
def test_the_menu_button_works_in_every_state(address, visit, width, on):
    """It brings the list of chapters, and takes it away."""
    page = visit(f"{address}small.html?framework={on}", width=width)
    chapter, menu = page.get_by_role("link", name="Pictures and formulas", exact=True).first, page.locator(".primary-toggle")
    beside = width >= 992 and "," not in on
    assert chapter.is_visible() == beside
    menu.click()
    expect(chapter).to_be_visible(visible=not beside)
    if beside:
        menu.click()
    else:
        page.keyboard.press("Escape")
    expect(chapter).to_be_visible(visible=beside)


# Columns, once more: aligned, copied, compared.


@pytest.mark.parametrize("which, name", [("site", "small.html"), ("site", "picture.html"), ("own_site", "loops.html")])
def test_code_stands_beside_code_and_output_beside_output(which, name, request, serve, visit):
    """The first code of each column begins at one height, the second, each output; prose alone pushes nothing down."""
    page = visit(serve(request.getfixturevalue(which)) + name, width=1920)
    rows = page.evaluate(
        """[...document.querySelectorAll(".panels")].map(row => [...row.querySelectorAll(".panel")].map(panel =>
        [...panel.querySelectorAll(":scope > [style]")].map(part => [part.style.gridRow, part.getBoundingClientRect().top, part.className])))"""
    )
    several = 0
    for row in rows:
        parts = [part for panel in row for part in panel if "-1" not in part[0]]
        for place in {place for place, _, _ in parts}:
            kinds = {"code" if "source" in kind else kind for at, _, kind in parts if at == place} - {"fold"}
            tops = [top for at, top, _ in parts if at == place]
            assert max(tops) - min(tops) < 1 and len(kinds) < 2, (row, place)
            several += len(tops) > 1
    assert several or name == "picture.html"


def test_prose_alone_starts_beside_the_code(address, visit):
    """A panel that only explains adds no empty space above the others' code."""
    page = visit(address + "picture.html", width=1536)
    prose, code = page.locator(".panel.pytorch .prose").first.bounding_box(), page.locator(".panel.keras .fold").first.bounding_box()
    assert abs(prose["y"] - code["y"]) < 2


def test_a_block_and_a_column_can_be_copied(address, visit):
    """A column's button takes all its code and nothing else; a block's the block. Labels say which."""
    page = visit(address + "picture.html", permissions=["clipboard-read", "clipboard-write"])
    column = page.get_by_role("button", name=words.COPY_COLUMN.format(name="Keras"))
    expect(column).to_have_count(1)
    column.click()
    expect(column).to_have_class(re.compile("copied"))
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r", "")
    assert copied == 'print("drawn by keras")\n\nagain = "a second cell of the column"\n'
    block = page.locator(".panel.keras > .source")
    block.hover()
    block.get_by_role("button", name=words.COPY, exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == 'again = "a second cell of the column"'


def test_a_copy_is_made_without_the_clipboard_too(address, visit):
    """An address without https has no `navigator.clipboard`."""
    page = visit(address + "picture.html")
    page.evaluate("""Object.defineProperty(navigator, "clipboard", { value: undefined });
        addEventListener("copy", () => (window.taken = getSelection().toString() || document.activeElement.value))""")
    page.get_by_role("button", name=words.COPY_COLUMN.format(name="Keras")).click()
    assert page.evaluate("window.taken").startswith('print("drawn by keras")')


def underlined(page, name: str) -> list[str]:
    """The pieces of the first panel of this framework that are marked as different."""
    return page.locator(f".panel.{name}").first.locator("pre span:not(:has(span))").evaluate_all(
        "spans => spans.filter(s => getComputedStyle(s).borderBottomStyle === 'solid').map(s => s.textContent)"
    )


def test_what_differs_is_marked_on_demand(address, visit):
    """Off at first; by button and by key; only what differs from a column that is on."""
    page = visit(address + "small.html")
    tool = page.get_by_role("button", name=words.DIFFERS)
    expect(tool).to_have_attribute("aria-pressed", "false")
    assert underlined(page, "pytorch") == []
    tool.click()
    expect(tool).to_have_attribute("aria-pressed", "true")
    assert underlined(page, "pytorch") == ["# pytorch"] and underlined(page, "keras")[:2] == ["# keras", "print"]
    page.keyboard.press("1")
    page.keyboard.press("2")
    assert underlined(page, "pytorch") == [], "alone it differs from nothing"
    page.keyboard.press("2")
    assert underlined(page, "pytorch") == ["# pytorch"]
    page.keyboard.press("d")
    assert underlined(page, "pytorch") == []


def test_marks_cut_spans_and_change_no_text():
    """A mark that covers a part of a span gets its own; characters that HTML writes as entities count as one."""
    code = '<pre><span></span><span class="p">([</span><span class="n">a</span> <span class="o">&lt;</span> &amp;b</pre>\n'
    made = marked(code, {1: ["K"], 2: ["K", "T"], 4: ["P"], 6: ["K"]})
    assert made == (
        '<pre><span></span><span class="p">(<span class="K">[</span></span><span class="n K T">a</span> '
        '<span class="o P">&lt;</span> <span class="K">&amp;</span>b</pre>\n'
    )


def test_every_piece_of_code_stands_on_its_page_as_written(own_site):
    """Marks, spans and buttons leave the text alone."""
    for slug in (found := Course(ROOT)).slugs:
        chapter = read(found, slug)
        written = [c.source.strip() for c in chapter.cells if c.kind == "code" and c.role not in ("solution", "hidden-check")]
        there = [code.strip() for code in code_on(own_site / "book" / f"{slug}.html")]
        missing = [code for code in written if code not in there]
        assert not missing, missing[:1]


# Weight.


@pytest.mark.parametrize("width", [390, 1536])
def test_a_page_is_light_and_stands_still(own_site, serve, visit, width):
    """At most 400 kB compressed in 20 requests until the page is there, 400 kB read to its end; nothing moves on the way."""
    base = serve(own_site)
    for name in pages(own_site)[:-1]:
        page, answers = visit("about:blank", width=width), []
        page.on("response", lambda response: answers.append(response))
        page.add_init_script("""window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(e => {
            if (!e.hadRecentInput) window.shift += e.value })).observe({ type: "layout-shift", buffered: true })""")
        page.goto(base + name, wait_until="networkidle")
        first = len(answers)
        for part in range(1, 9):
            page.evaluate(f"scrollTo({{ top: document.body.scrollHeight * {part} / 8, behavior: 'instant' }})")
            page.wait_for_timeout(60)
        page.wait_for_load_state("networkidle")
        weight = sum(len(gzip.compress(answer.body())) for answer in answers)
        assert first <= 20 and weight <= 400_000, (name, first, weight, [answer.url for answer in answers])
        assert page.evaluate("window.shift") < 0.02, (name, page.evaluate("window.shift"))
        unused = re.compile("fontawesome|bootstrap|thebe|design|toggle|copybutton|searchindex|clipboard")
        assert not [answer.url for answer in answers if unused.search(answer.url)]


def test_search_still_finds(address, visit):
    """The parts that other pages do without are there where they are needed."""
    page = visit(address + "../search.html?q=wallaby")
    page.locator("#search-results a", has_text="Pictures and formulas").first.click()
    page.wait_for_url("**/picture.html*")


def test_icons_are_drawn_in_the_styles(address, visit):
    """Every icon of the theme that a page has is a picture, not an empty place."""
    for name, width in (("small.html", 390), ("small.html", 1536), ("index.html", 1536)):
        page = visit(address + name, width=width)
        masks = page.locator("[class*=fa-]").evaluate_all("all => all.map(i => [i.className, getComputedStyle(i).maskImage])")
        assert masks and all("data:image/svg" in mask for _, mask in masks), masks


@pytest.mark.parametrize("mark, parts", [(":::{admonition} More\n:class: dropdown\nText.\n:::", "toggle"), ("::::{tab-set}\n:::{tab-item} One\nText.\n:::\n::::", "design")])
def test_a_page_that_uses_a_part_of_the_theme_has_it(tmp_path, mark, parts):
    """A course's plain page may hold directives of Jupyter Book; other pages stay light."""
    course = site_course(tmp_path / "course")
    (course.root / "_config.yml").write_text((course.root / "_config.yml").read_text() + "parse: {myst_enable_extensions: [colon_fence]}\n")
    (course.root / "book" / "index.md").write_text(f"# Small\n\n{mark}\n")
    assert build(course.root, tmp_path).returncode == 0
    heads = [(tmp_path / "_build" / "html" / "book" / name).read_text().partition("</head>")[0] for name in ("index.html", "small.html")]
    assert [bool(re.search(rf"_static/[^\"]*{parts}", head)) for head in heads] == [True, False]


@pytest.mark.parametrize("width", [390, 1536])
@pytest.mark.parametrize("name", ["book/small.html?framework=keras", "book/picture.html", "verified.html", "search.html"])
def test_what_is_left_of_the_styles_is_what_counts(site, address, visit, name, width):
    """Every element looks as it does with the theme's whole styles."""
    looks = """[...document.querySelectorAll("body, body *:not(dialog *)")].map(e => { const s = getComputedStyle(e);
        return [e.tagName, ...["display", "color", "backgroundColor", "fontSize", "margin", "padding", "width", "position"].map(p => s[p])].join() })"""
    whole = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static" / "styles" / "pydata-sphinx-theme.css"
    page = visit(f"{address}../{name}", width=width)
    light = page.evaluate(looks)
    page.route("**/pydata-sphinx-theme.css", lambda route: route.fulfill(path=whole))
    page.reload()
    assert light == page.evaluate(looks)
    assert (site / "_static" / "styles" / whole.name).stat().st_size < whole.stat().st_size / 3


@pytest.mark.parametrize(
    "css, left",
    [
        (".here,.gone .here{a:b}", ".here{a:b}"),
        (".gone{a:b}p>a{c:d}", "p>a{c:d}"),
        ("@media print{.gone{a:b}.here{c:d}}", "@media print{.here{c:d}}"),
        ("@media print{.gone{a:b}}", ""),
        (".here:not(.gone,.away){a:b}", ".here:not(.gone,.away){a:b}"),
        (':is(.gone){content:"}"}.gone{a:b}', ':is(.gone){content:"}"}'),
        ('@charset "UTF-8";.gone{a:b}', '@charset "UTF-8";'),
        ("@font-face{src:url(../vendor/fontawesome/a.woff2)}", ""),
        (".here\\:wide{a:b}", ""),
        ("@keyframes gone{from{a:b}to{a:c}}", "@keyframes gone{from{a:b}to{a:c}}"),
    ],
)
def test_only_rules_that_can_apply_are_kept(css, left):
    assert trimmed(css, {"here"}) == left


# Accessibility, once more.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("on", ["keras", "keras,pytorch", "keras,tensorflow,pytorch"])
def test_every_state_is_accessible(address, visit, scheme, on):
    """One to three columns, differences marked; then the help open."""
    for name in ("small.html", "picture.html"):
        page = visit(f"{address}{name}?framework={on}", color_scheme=scheme)
        page.keyboard.press("d")
        for step in ("marked", "help"):
            found = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
            assert not found, (name, step, [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found])
            page.keyboard.press("?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("on", ["pytorch", "keras,tensorflow,pytorch"])
def test_marked_code_of_this_course_is_legible(own_site, serve, visit, scheme, on):
    """Contrast of all code of a chapter, with the differences marked."""
    page = visit(f"{serve(own_site)}loops.html?framework={on}", color_scheme=scheme)
    page.keyboard.press("d")
    options = {"preload": False, "resultTypes": ["violations"], "runOnly": ["color-contrast"]}
    found = Axe().run(page, context=".panels", options=options).response["violations"]
    assert not found, [[n["html"] for n in v["nodes"]][:3] for v in found]


def test_at_200_percent_everything_is_there(address, visit):
    """1280 px at 200 % are 640: no sideways scrolling, the bar in one line, all panels to read."""
    page = visit(address + "picture.html?framework=keras,tensorflow,pytorch", width=640, height=450, device_scale_factor=2)
    assert sideways(page) <= 0 and shown(page) == ALL
    assert len({round(b.bounding_box()["y"]) for b in page.locator(".frameworks button").all()}) == 1


def test_landmarks_and_the_order_of_the_focus(address, visit):
    """One main; the skip link first, then the bar in its order; nothing moves where motion is unwanted."""
    page = visit(address + "small.html", reduced_motion="reduce")
    expect(page.get_by_role("main")).to_have_count(1)
    page.keyboard.press("Tab")
    assert "main-content" in page.evaluate("document.activeElement.href")
    names = []
    for _ in range(9):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"))
    bar = [name.split("\n")[0] for name in names if name]
    assert [name for name in bar if name in (*ALL, words.DIFFERS, words.KEYS)] == [*ALL, words.DIFFERS, words.KEYS], bar
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_alternative_text_says_what_a_picture_shows(own_site):
    """A sentence, and not the caption or the file's name again."""
    for path in (own_site / "book").glob("*.html"):
        for figure in re.findall(r"<figure.*?</figure>", path.read_text(), re.S):
            alt = html.unescape(re.search(r'alt="([^"]*)"', figure)[1])
            caption = html.unescape(re.sub("<[^>]+>", "", (re.findall(r"<figcaption.*</figcaption>", figure, re.S) or [""])[0])).strip(" #\n")
            assert len(alt.split()) >= 6 and alt.strip() != caption, (path.name, alt)
            assert not re.match(r"(?i)(an? )?(image|picture) of", alt) and not re.search(r"\.(svg|png)", alt), (path.name, alt)


# Trust.


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """The small course's site as GitHub Actions builds it, for the address of its own page."""
    folder = tmp_path_factory.mktemp("published")
    course = site_course(folder / "course")
    assert build(course.root, folder, GITHUB_REPOSITORY="us/course").returncode == 0
    return folder / "_build" / "html"


def test_each_page_links_its_source_its_runs_and_a_form(published, visit):
    """The form knows the page and, of the frameworks that are on, the versions."""
    for name in ("index", "small", "picture"):
        page = visit((published / "book" / f"{name}.html").as_uri() + "?framework=keras,pytorch")
        source = page.get_by_role("link", name=words.SOURCE)
        expect(source).to_have_attribute("href", f"https://github.com/us/course/blob/published/book/{name}.md")
        expect(page.get_by_role("link", name=words.VERIFIED, exact=True)).to_have_count(1)
        report = page.get_by_role("link", name=words.REPORT)
        report.click(button="right")
        address = urlsplit(report.get_attribute("href"))
        asked = parse_qs(address.query)
        assert address.geturl().startswith("https://github.com/us/course/issues/new?")
        body = asked["body"][0]
        assert f"Page: book/{name}.html" in body and asked["title"][0].strip(": ")
        assert [label for label in ALL if f"{label} panel" in body] == ([] if name == "index" else ["Keras", "PyTorch"])


def test_a_report_names_versions(published):
    page = (published / "book" / "small.html").read_text()
    body = parse_qs(urlsplit(html.unescape(re.search(r'class="report" href="([^"]+)"', page)[1])).query)["body"][0]
    ran = load(published.parents[1] / "course" / "notebooks" / "pytorch" / "small.ipynb")["metadata"]["triptych"]["ran"]
    for package, version in ran["versions"].items():
        assert f"{package} {version}" in body


def test_without_a_repository_no_link_leads_nowhere(site):
    """No source, no form; Verified is on every page."""
    for path in (site / "book").glob("*.html"):
        text = path.read_text()
        assert "github.com" not in text and "sitemap" not in text and "og:image" not in text
        assert 'verified.html"' in text


def test_published_anchors_stay(own_site):
    """Every heading that readers may link to is still there, and the list knows every heading."""
    now, gone, new = compare(Course(ROOT))
    assert not gone + new, "\n".join(map(str, gone + new))
    for slug, names in now.items():
        there = set(re.findall(r'id="([^"]+)"', (own_site / "book" / f"{slug}.html").read_text()))
        assert set(names) <= there, (slug, set(names) - there)


def test_a_lost_anchor_is_named_until_something_stands_for_it(tmp_path):
    """The command adds what is new; what is gone stays in the list and is a problem."""
    course = small.course(tmp_path)
    assert [problem.message.split()[0] for problem in compare(course)[2]] and not add_anchors(course)
    assert compare(course)[1:] == ([], [])
    small.edit(course.source("small"), "## The steps below", "## Steps")
    gone, new = compare(Course(tmp_path))[1:]
    assert "#the-steps-below" in gone[0].message and "upkeep anchors" in new[0].message and len(gone) == len(new) == 1
    assert add_anchors(Course(tmp_path)) == gone and "the-steps-below" in listed(course).read_text()
    small.edit(course.source("small"), "## Steps", '<a id="the-steps-below"></a>\n\n## Steps')
    assert compare(Course(tmp_path))[1:] == ([], [])


# What browsers, search engines and other sites see.


def test_titles_say_chapter_and_course(site):
    """The front page says the course once."""
    titles = {name: re.search("<title>(.*?)</title>", (site / "book" / f"{name}.html").read_text())[1] for name in ("index", "small")}
    assert titles == {"index": "Small", "small": "A small chapter &#8212; Small"}


def test_each_page_describes_itself(published, own_site):
    """A description everywhere; absolute addresses only where the site has one."""
    text = (published / "book" / "small.html").read_text()
    for tag in (
        '<meta name="description" content="Which sum is it? See the steps." />',
        '<meta property="og:title" content="A small chapter" />',
        '<meta property="og:image" content="https://us.github.io/course/_static/card.png" />',
        '<meta property="og:url" content="https://us.github.io/course/book/small.html" />',
        '<link rel="canonical" href="https://us.github.io/course/book/small.html" />',
    ):
        assert tag in text, tag
    assert (published / "_static" / "card.png").read_bytes()[16:24] == b"\0\0\x04\xb0\0\0\x02\x76"  # 1200 by 630
    for path in (own_site / "book").glob("*.html"):
        about = re.search('<meta name="description" content="([^"]*)"', path.read_text())
        assert about and 20 < len(html.unescape(about[1])) <= 162, path.name


def test_the_map_of_the_site_lists_every_page(published, site):
    """Where the address is known; each place exists."""
    places = re.findall("<loc>https://us.github.io/course/(.*?)</loc>", (published / "sitemap.xml").read_text())
    assert {"book/index.html", "book/small.html", "book/picture.html", "verified.html"} == set(places)
    assert all((published / place).exists() for place in places) and not (site / "sitemap.xml").exists()


def test_the_page_for_lost_readers_leads_on(published, address, visit):
    """Served at any depth, its styles and links work where the site's address is known."""
    assert '<base href="/course/" />' in (published / "404.html").read_text()
    page = visit(address + "../404.html")
    expect(page.get_by_role("heading", name=words.NOT_FOUND)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Small").click()
    expect(page.get_by_role("heading", name="Small")).to_be_visible()


def test_each_chapter_ends_with_the_next(own_site):
    """In the order of the table of contents."""
    slugs = [slug for slug in Course(ROOT).toc]
    for slug, following in zip(slugs, slugs[1:]):
        end = (own_site / "book" / f"{slug}.html").read_text().rpartition('class="prev-next-area"')[2]
        assert re.search(rf'class="right-next"\s+href="{following}.html"', end), slug


def test_the_favicon_is_there(address, visit):
    page = visit(address + "small.html")
    answer = page.request.get(page.evaluate("document.querySelector('link[rel=icon]').href"))
    assert answer.ok and "svg" in answer.headers["content-type"]
