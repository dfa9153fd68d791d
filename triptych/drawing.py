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


def places(doctree) -> list[nodes.raw]:
    """Where the chapter asks for a place to draw."""
    return [node for node in doctree.findall(nodes.raw) if node.astext().startswith(MARK)]


def note_files(app, doctree):
    """Remember that the page has a place to draw, and have it read again when the runtimes have come, or are others."""
    if not places(doctree):
        return
    app.env.metadata[app.env.docname]["draws"] = True
    course = Course(app.srcdir)
    listed = [cache(course) / place(package) / file["path"] for package in packages(course) for file in package["files"]]
    for path in (course.root / "data" / "runtimes.json", *listed):
        app.env.note_dependency(str(path))


def add_place(app, doctree, docname):
    """Put the place for drawing where the chapter asks for it; on paper its words stay."""
    if app.builder.name != "html":
        return
    course = Course(app.srcdir)
    for node in places(doctree):
        first = [file for package in packages(course) for file in package["files"] if file["first"]]
        total = {kind: f"{sum(file[kind] for file in first) / 1e6:.0f}" for kind in ("gzip", "bytes")}
        folders = {package["name"]: place(package) for package in packages(course)}
        licences = {package["runtime"]: package["licence"] for package in packages(course)}
        data = {"slug": docname.rpartition("/")[2], "folders": folders, "said": words.DRAW, "total": total, "licences": licences, "here": not missing(course)}
        node.replace_self(Template("", template="triptych-draw.html", data=data))


def finish(app, error):
    """Write the notebooks' files and the runtimes into the site."""
    if error or app.builder.name != "html":
        return
    course, static = Course(app.srcdir), Path(app.outdir, "_static")
    for folder in ("models", "runtimes"):
        shutil.rmtree(static / folder, ignore_errors=True)
    for slug in [docname.rpartition("/")[2] for docname, about in app.env.metadata.items() if "draws" in about]:
        for framework in FRAMEWORKS:
            for name, content in files(course, slug, framework).items():
                path = static / "models" / slug / framework / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    if not packages(course) or missing(course):
        return
    shutil.copytree(course.root / "data" / "licences", static / "runtimes" / "licences")
    for package in packages(course):
        shutil.copytree(cache(course) / place(package), static / "runtimes" / place(package))


def setup(app):
    """Register everything with Sphinx."""
    app.add_js_file("draw.js", loading_method="defer", **{"data-words": json.dumps(words.DRAW, ensure_ascii=False)})
    app.connect("doctree-read", note_files)
    app.connect("doctree-resolved", add_place)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
