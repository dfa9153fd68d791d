"""A Sphinx extension: a chapter of the course becomes one page with a panel for each framework.

A course loads it in `_config.yml` (`sphinx: local_extensions: {triptych.page: .}`), so that plain
`jupyter-book build .` makes the site. The page shows what the stored notebooks hold; nothing runs here.
"""

import filecmp
import re
import shutil
import sys
from itertools import product
from pathlib import Path

import nbformat
from docutils import nodes
from jinja2 import FileSystemBytecodeCache
from myst_nb.core.nb_to_tokens import notebook_to_tokens
from myst_nb.sphinx_ import Parser
from myst_parser.parsers.mdit import create_md_parser
from sphinx.errors import SphinxWarning
from sphinx.util import logging

from . import words
from .chapter import Cell, Chapter, read, rows
from .columns import lay_out
from .course import FRAMEWORKS, PINS, Course
from .fill import fill
from .formulas import set_formulas, visit_formula
from .fresh import staleness
from .notebook import code_cells, stored
from .offline import pack
from .panels import Box, PageRenderer, Template, depart_box, visit_box, visit_template
from .verified import all_runs, figure, runs

HERE = Path(__file__).parent
LOGGER = logging.getLogger(__name__)


class ChapterParser(Parser):
    """Reads `book/*.md` as chapters, everything else as MyST-NB does."""

    supported = ("myst-nb",)

    def parse(self, inputstring: str, document: nodes.document):
        """Fill `document`; problems of the chapter become warnings that name file, line and remedy."""
        env = document.settings.env
        folder, _, slug = env.docname.rpartition("/")
        course = Course(env.srcdir)
        chapter = read(course, slug) if folder == "book" and course.source(slug).exists() else None
        if chapter is None or (chapter.plain and not chapter.problems):
            return super().parse(inputstring, document)
        for problem in chapter.problems:
            warn(problem)
        if chapter.plain or not chapter.cells:
            return None
        for path in (course.root / PINS, *(course.notebook(name, slug) for name in chapter.notebooks)):
            env.note_dependency(str(path))
        page = Page(course, chapter, Path(env.doctreedir).parent / "figures")
        parser = create_md_parser(env.myst_config, PageRenderer)
        parser.options.update(document=document, page=page)
        tokens = notebook_to_tokens(page.notebook(), parser, {}, LOGGER)
        parser.renderer.render(tokens, parser.options, {})
        front = env.docname == env.config.root_doc
        for path in (course.root / "notebooks").glob("*/*.ipynb") if front else ():
            env.note_dependency(str(path))  # the front page shows how all of them ran
        page.add_notebooks(document, front)
        env.metadata[env.docname]["triptych"] = runs(course, chapter)
        return None


class Page:
    """A chapter beside its stored notebooks: what to show for each cell."""

    def __init__(self, course: Course, chapter: Chapter, figures: Path):
        self.chapter, self.figures = chapter, figures
        self.stored = stored(course, chapter)
        self.cells = [cell for cell in chapter.cells if cell.role not in ("solution", "hidden-check")]
        self.rows = {cell.number: n for n, row in enumerate(rows(chapter)) for cells in row.values() for cell in cells}
        self.outputs = {
            (name, cell["id"], cell["source"]): cell["outputs"]
            for name, notebook in self.stored.items()
            for cell in (code_cells(notebook) if notebook else ())
        }
        reasons = {name: staleness(course, chapter, name, self.stored) for name in chapter.notebooks}
        self.stale = next((f"the {name} notebook {reason}" for name, reason in reasons.items() if reason), None)
        if self.stale:
            warn(chapter.problem(1, f"{self.stale}: `python -m triptych run {chapter.slug}`"))

    def notebook(self) -> nbformat.NotebookNode:
        """The cells as MyST-NB's tokeniser wants them, prose with its numbers filled in."""
        made = []
        for cell in self.cells:
            if cell.kind == "code":
                made.append(nbformat.v4.new_code_cell(cell.source))
                continue
            text, problems = fill(self.chapter, cell, self.stored)
            for problem in () if self.stale else problems:
                warn(problem)
            made.append(nbformat.v4.new_markdown_cell(text))
        return nbformat.v4.new_notebook(cells=made, metadata={"source_map": [cell.code_line - 2 for cell in self.cells]})

    def results(self, cell: Cell, name: str) -> list[dict]:
        """What the cell left in the notebook of this name; nothing if its code has changed since."""
        return self.outputs.get((name, self.chapter.cell_id(cell), cell.source), [])

    def measured(self, name: str) -> str:
        """On what, and when, the notebook of this name ran."""
        return words.MEASURED.format(**self.stored[name]["metadata"]["triptych"]["ran"])

    def add_notebooks(self, document: nodes.document, front: bool):
        """Links to the notebooks below the title, on the front page to all of them as archives; at the end what they ran with."""
        ran = {name: nb["metadata"]["triptych"]["ran"] for name, nb in self.stored.items() if nb}
        article = next(document.findall(nodes.section), document)
        data = {"slug": self.chapter.slug, "ran": ran, "archive": front}
        article.insert(1, Template("", template="triptych-notebooks.html", data=data))
        article.append(Template("", template="triptych-ran.html", data=data))


def warn(problem):
    """One line of warning: file, line, what was found and what to do."""
    LOGGER.warning(problem.message, location=f"{problem.path}:{problem.line}")


def configure(app, config):
    """Settings that every course's pages need; a course's own `_config.yml` stays short."""
    course = Course(app.srcdir)
    config.triptych_repository = course.published_repository
    config.html_math_renderer = "triptych"
    config.html_copy_source = False  # the sources hold the solutions
    config.myst_heading_anchors = 3
    # `{{ }}` is ours; bare words such as tf.data are no links in a notebook either.
    config.myst_enable_extensions = set(config.myst_enable_extensions) - {"substitution", "linkify"}
    for listener in [one for event in app.events.listeners.values() for one in event]:
        if listener.handler.__module__ == "sphinx_thebe":  # Jupyter Book loads it for all; its scripts clash
            app.disconnect(listener.id)
    config.nb_execution_mode = "off"
    config.html_favicon = config.html_favicon or str(HERE / "static" / "favicon.svg")
    config.numfig = False  # panels come and go: a number would not say which figure is meant
    config.html_context |= {"default_mode": "light"}  # else no colours without script
    config.html_sidebars = {"**": ["triptych-home.html", "search-button-field.html", "sbt-sidebar-nav.html"]}
    config.exclude_patterns += ["notebooks", "tests", ".*", "README.md"]
    config.templates_path.append(str(HERE / "templates"))
    config.html_static_path.append(str(HERE / "static"))
    config.html_theme_options |= {
        "article_header_start": ["toggle-primary-sidebar.html", "triptych-bar.html"],
        "launch_buttons": {},
        "navbar_persistent": [],
        "repository_url": "",
        "use_download_button": False,
        "use_fullscreen_button": False,
    }


def keep_templates(app):
    """Keep the templates compiled from build to build, which saves a quarter of a second."""
    if app.builder.format == "html":
        folder = Path(app.doctreedir, "templates")
        folder.mkdir(parents=True, exist_ok=True)
        app.builder.templates.environment.bytecode_cache = FileSystemBytecodeCache(folder)


def add_figure(app, doctree, docname):
    """On the front page, how the whole course ran: known when all chapters have been read."""
    for node in doctree.findall(Template) if docname == app.config.root_doc else ():
        node["data"]["figure"] = figure(all_runs(app.env))


def page_context(app, pagename, templatename, context, doctree):
    """Give the bar its frameworks, on pages that have panels."""
    panels = doctree is not None and any("panels" in box["classes"] for box in doctree.findall(Box))
    context["frameworks"] = words.NAMES if panels else {}
    context["words"] = words


def finish(app, error):
    """Copy the notebooks for download. A warning that ends the build (`-W`) ends it with one line."""
    if isinstance(error, SphinxWarning):
        sys.exit(f"the build stopped at this warning:\n{error}")
    if error or app.builder.name != "html":
        return
    course = Course(app.srcdir)
    slugs = {docname.removeprefix("book/") for docname in app.env.found_docs}
    for target in Path(app.outdir, "notebooks").glob("*/*.ipynb"):
        if target.stem not in slugs:
            target.unlink()
    for framework, slug in product(FRAMEWORKS, slugs):
        source = course.notebook(framework, slug)
        target = Path(app.outdir, "notebooks", framework, source.name)
        if source.exists() and not (target.exists() and filecmp.cmp(source, target, shallow=False)):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for folder in Path(app.outdir, "notebooks").glob("*/"):
        pack(folder)


def setup(app):
    """Register everything with Sphinx."""
    app.add_config_value("triptych_repository", None, "html")
    app.add_source_parser(ChapterParser, override=True)
    app.add_node(Box, html=(visit_box, depart_box))
    app.add_node(Template, html=(visit_template, None))
    app.add_html_math_renderer("triptych", (visit_formula, None), (visit_formula, None))
    app.add_css_file("katex/katex.min.css")
    app.add_css_file("triptych.css", priority=900)
    app.add_js_file("triptych.js", priority=100)
    app.setup_extension("triptych.verified")
    app.setup_extension("triptych.extras")
    app.setup_extension("triptych.search")
    app.setup_extension("triptych.drawing")
    app.setup_extension("triptych.offline")
    app.connect("config-inited", configure, priority=800)  # after Jupyter Book has set its own
    app.connect("builder-inited", keep_templates)
    app.connect("doctree-read", set_formulas)
    app.connect("doctree-read", lay_out)
    app.connect("doctree-resolved", add_figure)
    app.connect("html-page-context", page_context)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1", "env_version": 2}
