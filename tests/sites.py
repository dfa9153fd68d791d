"""A small course with pictures, its site and this one's, and what the tests of pages ask of them."""

import ast
import gzip
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import small
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from small import ROOT

from triptych.chapter import read
from triptych.course import Course
from triptych.notebook import code_cells, digest, load, store

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


def shown(page) -> list[str]:
    """Names above the visible panels of the page's first row."""
    return [p.locator(".framework").inner_text() for p in page.locator(".panels").first.locator(".panel").all() if p.is_visible()]


def button(page, name: str):
    """A framework's button, found by its exact accessible name."""
    return page.get_by_role("button", name=name, exact=True)


def pages(site: Path) -> list[str]:
    """Addresses of a site's pages, relative to `book/`."""
    return sorted(path.name for path in (site / "book").glob("*.html")) + ["../search.html"]


def arrived(page):
    """Wait until the page is laid out to its end: what lies above a place has its height then."""
    page.wait_for_function("!document.documentElement.hasAttribute('data-arriving')")


def violations(page, context=None, rules=()) -> list:
    """What axe finds wrong when the page is laid out to its end: rule and up to three elements."""
    arrived(page)
    options = {"preload": False, "resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [(violation["id"], [node["html"] for node in violation["nodes"]][:3]) for violation in found]


def sideways(page) -> int:
    """How many pixels the page can be scrolled sideways, or how many of its text are cut off at the right."""
    return page.evaluate(
        """() => {
            const inside = (e) => e && (/auto|scroll/.test(getComputedStyle(e).overflowX) || inside(e.parentElement));
            const seen = [...document.querySelectorAll(".bd-article :is(p, li, td, code, em, a, img, h1, h2, h3)")]
                .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !inside(e));
            const cut = seen.map((e) => e.getBoundingClientRect().right - innerWidth);
            return Math.max(document.documentElement.scrollWidth - innerWidth, ...cut);
        }"""
    )


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
