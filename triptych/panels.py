"""Renders the cells of a page into its panels: prose, code, and what the stored notebooks hold."""

import base64
import html
import os
import re
from contextlib import contextmanager
from pathlib import Path

from docutils import nodes
from myst_parser.mdit_to_docutils.base import token_line
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer

from . import words
from .chapter import Cell
from .course import FRAMEWORKS
from .notebook import text_of
from .weave import worth

PICTURES = {"image/svg+xml": "svg", "image/png": "png"}
RUN = re.compile(r"(<[^>]*>)?([^<]*)")  # of text in highlighted code, and the tag before it


class Box(nodes.Element):
    """An HTML element, `tag`, around its children."""


class Template(nodes.Element):
    """What the theme component `template` makes of `data`; it stays out of the search index."""


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
            with self.panel(cell.framework, self.page.rows[cell.number]):
                self.render_children(token)
            return
        outside, before = self.current_node, len(self.current_node)
        self.render_children(token)
        if cell.role == "exercise":
            self.frame_exercise(cell, outside, before)

    def frame_exercise(self, cell: Cell, outside: nodes.Element, before: int):
        """Frame an exercise with all that follows under its heading, or its prose alone if it has none."""
        about = nodes.paragraph("", worth(cell), classes=["points"])
        if self.current_node is not outside:
            self.current_node["classes"].append("exercise")
            self.current_node.insert(1, about)
        else:
            outside[before:] = [Box("", about, *outside[before:], tag="div", classes=["exercise"])]

    def render_nb_cell_code(self, token):
        """A code cell and its outputs, in the place that its tags say."""
        cell, line = self.page.cells[token.meta["index"]], token_line(token)
        if cell.framework:
            with self.panel(cell.framework, self.page.rows[cell.number]):
                self.add_code(cell, line)
                self.add_output(cell, cell.framework, line)
            return
        self.add_code(cell, line)
        if cell.place == "together":
            self.add_output(cell, "together", line)
        elif cell.place == "each" or "varies" in cell.tags:
            for framework in FRAMEWORKS:
                if self.page.results(cell, framework):
                    with self.panel(framework, f"outputs of {cell.number}"):
                        self.add_output(cell, framework, line)
        else:
            self.add_output(cell, "keras", line, words.SAME)

    @contextmanager
    def panel(self, framework: str, row: object):
        """The framework's panel in this row, both made if they are not there. Panels stand in one order everywhere."""
        panels = self.current_node[-1] if len(self.current_node) else None
        if not isinstance(panels, Box) or panels.get("row") != row:
            panels = Box("", tag="div", classes=["panels"], row=row)
            self.current_node.append(panels)
        panel = next((one for one in panels if one["name"] == framework), None)
        if panel is None:
            name = nodes.paragraph("", words.NAMES[framework], classes=["framework"])
            panel = Box("", name, tag="div", classes=["panel", framework], name=framework)
            panels.append(panel)
            panels.children.sort(key=lambda one: FRAMEWORKS.index(one["name"]))
        with self.current_node_context(panel):
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
        """One output: a picture, an HTML table, or text."""
        data = output.get("data", {})
        kind = next((kind for kind in PICTURES if kind in data), None)
        if kind:
            self.add_figure(cell, f"{identity}.{PICTURES[kind]}", "".join(data[kind]), line)
        elif "<table" in (markup := "".join(data.get("text/html", ""))):
            self.current_node.append(nodes.raw("", markup, format="html"))
        else:
            text = re.sub(r"\x1b\[[\d;]*m", "", text_of([output]))  # colours of a terminal
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


def visit_box(translator, node):
    """Open the element."""
    node["at"] = len(translator.body)
    translator.body.append(translator.starttag(node, node["tag"], "", **({"style": node["style"]} if "style" in node else {})))


def depart_box(translator, node):
    """Close the element."""
    if "differs" in node:
        translator.body[node["at"] :] = [marked("".join(translator.body[node["at"] :]), node["differs"])]
    if name := node.get("copy", "source" in node["classes"] and words.COPY):
        label = words.COPY_COLUMN.format(name=name) if "copy" in node else name
        translator.body.append(f'<button type="button" class="copy pst-js-only" aria-label="{label}">{words.COPY}</button>')
    translator.body.append(f"</{node['tag']}>\n")


def visit_template(translator, node):
    """Let the template write itself."""
    builder = translator.builder
    context = {"root": builder.get_relative_uri(builder.current_docname, "index").rpartition("/")[0] or "."}
    context |= {"words": words, "frameworks": words.NAMES, "repository": translator.config.triptych_repository}
    context |= {"paper": builder.name == "singlehtml", **node["data"]}
    translator.body.append(builder.templates.render(node["template"], context))
    raise nodes.SkipNode


def marked(code: str, differs: dict[int, list[str]]) -> str:
    """Highlighted code, its spans and parts of spans that differ with the classes that say from whom."""
    at = 0

    def mark(run: re.Match) -> str:
        nonlocal at
        pieces: list[list] = []
        for character in html.unescape(run[2]):
            names = " ".join(differs.get(at, ()))
            at += 1
            if not pieces or pieces[-1][0] != names:
                pieces.append([names, ""])
            pieces[-1][1] += html.escape(character, quote=False)
        if len(pieces) == 1 and names and (run[1] or "").startswith("<span class="):
            return f'{run[1][:-2]} {names}">{run[2]}'
        return (run[1] or "") + "".join(f'<span class="{names}">{text}</span>' if names else text for names, text in pieces)

    before, opening, rest = code.partition("<pre>")
    inside, closing, after = rest.rpartition("</pre>")
    return before + opening + RUN.sub(mark, inside) + closing + after
