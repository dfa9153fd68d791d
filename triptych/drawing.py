"""The place of a page where the reader draws a digit: its HTML, the notebooks' model files, and the runtimes.

A chapter asks for it with `<div id="draw-a-digit">…</div>`, whose text is shown where there is no such page (Colab, paper).
What a notebook keeps under `files` among its results, file name to content in base64, is written into the site.
"""

import base64
import json
import shutil
from pathlib import Path

from docutils import nodes

from . import words
from .course import FRAMEWORKS, Course
from .notebook import load
from .panels import Template
from .runtimes import cache, missing, packages, place

MARK = '<div id="draw-a-digit">'


def files(course: Course, slug: str, framework: str) -> dict[str, bytes]:
    """What the notebook keeps for its page: file name to content."""
    notebook = load(course.notebook(framework, slug)) or {"metadata": {}}
    kept = notebook["metadata"].get("triptych", {}).get("results", {}).get("files", {})
    return {name: base64.b64decode(text) for name, text in kept.items()}


def add_place(app, doctree):
    """Put the place for drawing where the chapter asks for it."""
    if app.builder.name != "html":
        return
    course = Course(app.srcdir)
    for node in [one for one in doctree.findall(nodes.raw) if one.astext().startswith(MARK)]:
        listed = [cache(course) / place(package) / file["path"] for package in packages(course) for file in package["files"]]
        for path in (course.root / "data" / "runtimes.json", *listed):
            app.env.note_dependency(str(path))  # one that is not there yet has the page read again
        first = [file for package in packages(course) for file in package["files"] if file["first"]]
        total = {kind: f"{sum(file[kind] for file in first) / 1e6:.0f}" for kind in ("gzip", "bytes")}
        slug = app.env.docname.rpartition("/")[2]
        folders = {package["name"]: place(package) for package in packages(course)}
        data = {"slug": slug, "folders": folders, "said": words.DRAW, "total": total, "here": not missing(course)}
        node.replace_self(Template("", template="triptych-draw.html", data=data))


def finish(app, error):
    """Write the notebooks' files and the runtimes into the site."""
    if error or app.builder.name != "html":
        return
    course, static = Course(app.srcdir), Path(app.outdir, "_static")
    for slug in course.slugs:
        for framework in FRAMEWORKS:
            for name, content in files(course, slug, framework).items():
                path = static / "models" / slug / framework / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    shutil.rmtree(static / "runtimes", ignore_errors=True)
    for package in packages(course) if not missing(course) else ():
        shutil.copytree(cache(course) / place(package), static / "runtimes" / place(package))


def setup(app):
    """Register everything with Sphinx."""
    app.add_js_file("draw.js", loading_method="defer", **{"data-words": json.dumps(words.DRAW, ensure_ascii=False)})
    app.connect("doctree-read", add_place)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
