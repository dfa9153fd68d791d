"""Read a chapter: a MyST text notebook whose cells say by tags where they belong."""

import re
from dataclasses import dataclass, field
from itertools import groupby
from unittest.mock import patch

import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import ValidationError

from .course import FRAMEWORKS, Course, Problem

ROLES = ("exercise", "starter", "solution", "check", "hidden-check")
FOLDS = ("hide-input", "hide-output")
TAGS = (*FRAMEWORKS, "each", "together", "varies", "backend", "setup", *ROLES, *FOLDS)
FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})(.*)$")
# What jupytext lets through and the notebook format refuses: tags that are no list, an option without its second colon.
NO_OPTION = re.compile(r'^(?::tags:[ \t]*[^\s\[]|:\w+[ \t]|tags:[ \t]*[^\s\[]|\+\+\+.*"tags":[ \t]*[^\s\[]).*', re.M)


@dataclass(frozen=True)
class Cell:
    """One cell of a chapter. `line` is its first line in the chapter's file, `code_line` its source's."""

    number: int
    kind: str  # "code" or "prose"
    source: str
    line: int
    code_line: int
    tags: tuple[str, ...] = ()
    options: dict = field(default_factory=dict)

    @property
    def framework(self) -> str | None:
        """The framework whose panel this is, or None."""
        return next((tag for tag in self.tags if tag in FRAMEWORKS), None)

    @property
    def role(self) -> str | None:
        """Its part in an exercise, or None."""
        return next((tag for tag in self.tags if tag in ROLES), None)

    @property
    def place(self) -> str:
        """"keras", "tensorflow", "pytorch", "each", "together" or "shared"."""
        special = next((tag for tag in ("each", "together") if tag in self.tags), "shared")
        return self.framework or special

    def belongs(self, notebook: str) -> bool:
        """Whether the published notebook of this name holds the cell."""
        if self.role in ("solution", "hidden-check"):
            return False
        if notebook == "together" or self.place == "together":
            return self.place == notebook
        return self.place in ("shared", "each", notebook)


@dataclass(frozen=True)
class Chapter:
    """A chapter's cells. A page without front matter is `plain`: prose that is not woven."""

    slug: str
    path: str  # relative to the course, as problems name it
    cells: tuple[Cell, ...]
    results: tuple[str, ...] = ()
    plain: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def title(self) -> str:
        """The first heading's text."""
        found = (text for cell in self.cells if cell.kind == "prose" for _, level, text in headings(cell) if level == 1)
        return next(found, self.slug)

    @property
    def together(self) -> bool:
        """Whether it needs a fourth notebook."""
        return any(cell.place == "together" for cell in self.cells)

    @property
    def notebooks(self) -> tuple[str, ...]:
        """Names of the notebooks woven from it."""
        if self.plain:
            return ()
        return (*FRAMEWORKS, "together") if self.together else FRAMEWORKS

    def cell_id(self, cell: Cell) -> str:
        """The cell's id in every notebook that holds it, at most 64 characters."""
        return f"{self.slug[:40]}-{cell.number}-{cell.place}"

    def problem(self, line: int, message: str) -> Problem:
        """A complaint about this chapter."""
        return Problem(self.path, line, message)


def read(course: Course, slug: str) -> Chapter:
    """The chapter `book/<slug>.md`. What cannot be read becomes a problem of a chapter without cells."""
    path = f"book/{slug}.md"
    text = course.source(slug).read_text(encoding="utf-8")
    if not text.startswith("---"):
        return plain_page(slug, path, text)
    try:
        front = yaml.safe_load(text.split("\n---", 1)[0].removeprefix("---"))
        notebook = parse(text)
    except (MystMetadataParsingError, ValidationError, yaml.YAMLError, ValueError, TypeError) as error:
        return Chapter(slug, path, (), problems=(Problem(path, *unreadable(text, error)),))
    if not isinstance(front, dict) or not {"jupytext", "kernelspec"} <= set(front):
        message = "front matter needs `jupytext` and `kernelspec`, closed by a line `---`: copy them from another chapter"
        return Chapter(slug, path, (), problems=(Problem(path, 1, message),))
    results = front.get("results") or []
    if not isinstance(results, list):
        message = f"`results: {results}` should be a list: write `results: [{results}]`"
        return Chapter(slug, path, (), problems=(Problem(path, 1, message),))
    lines = text.splitlines()
    cells = [make_cell(n, node, start, lines) for n, (node, start) in enumerate(zip(notebook.cells, notebook.metadata["source_map"]))]
    return Chapter(slug, path, tuple(cells), tuple(results))


def parse(text: str) -> nbformat.NotebookNode:
    """jupytext's notebook, validated once as a whole: cell by cell, as nbformat does it, takes half the time of `check`."""
    with patch.object(nbformat.v4.nbbase, "validate"):
        notebook = myst_to_notebook(text, add_source_map=True)
    nbformat.validate(notebook)
    return notebook


def plain_page(slug: str, path: str, text: str) -> Chapter:
    """A page that is prose only; a code cell in it would silently not run, so it is a problem."""
    found = next((n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*`{3,}\{code-cell\}", line)), None)
    problems = (Problem(path, found, "a code cell on a page without front matter never runs: add front matter"),) if found else ()
    return Chapter(slug, path, (Cell(0, "prose", text, 1, 1),), plain=True, problems=problems)


def unreadable(text: str, error: Exception) -> tuple[int, str]:
    """Line and message for a chapter that jupytext or YAML refuses."""
    said = re.sub(r"\s+", " ", str(error))
    at = re.search(r"at line (\d+) could not be read: (.*)", said)
    if at:
        return int(at.group(1)), f"malformed cell options, mend them: {at.group(2)}"
    if wrong := isinstance(error, ValidationError) and NO_OPTION.search(text):
        return text[: wrong.start()].count("\n") + 1, f"cell options `{wrong.group().strip()}`: write tags as a list, `:tags: [keras]`"
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or said
    return (mark.line + 1 if mark else 1), f"malformed front matter, {said}: mend it, or close it with a line `---`"


def make_cell(number: int, node, start: int, lines: list[str]) -> Cell:
    """A Cell from jupytext's node; `start` is jupytext's source map entry."""
    kind = "prose" if node.cell_type == "markdown" else node.cell_type
    options = dict(node.metadata)
    tags = options.pop("tags", [])
    source = node.source.splitlines()
    first = start
    while source and first < len(lines) and lines[first : first + len(source)] != source:
        first += 1
    line = start if kind == "code" or node.metadata else first + 1
    return Cell(number, kind, node.source, line, first + 1, tuple(map(str, tags)), options)


def rows(chapter: Chapter) -> list[dict[str, list[Cell]]]:
    """Rows of panels: framework to its cells. Consecutive cells of one framework share a panel; a row ends
    at a cell without framework, where a framework comes back after another, or where the exercise role changes."""
    found: list[dict[str, list[Cell]]] = []
    last = None
    for cell in chapter.cells:
        if cell.framework:
            fresh = last is None or not last.framework or last.role != cell.role
            if fresh or (cell.framework != last.framework and cell.framework in found[-1]):
                found.append({})
            found[-1].setdefault(cell.framework, []).append(cell)
        last = cell
    return found


def outside_fences(cell: Cell) -> list[tuple[int, str]]:
    """Line number and text of a prose cell's lines that are not in a fenced block."""
    found, fence = [], None
    for number, line in enumerate(cell.source.splitlines(), cell.code_line):
        mark = FENCE.match(line)
        if mark and fence is None:
            fence = mark.group(1)
        elif mark and mark.group(1).startswith(fence) and not mark.group(2).strip():
            fence = None
        elif fence is None:
            found.append((number, line))
    return found


def headings(cell: Cell) -> list[tuple[int, int, str]]:
    """Line number, level and text of each heading in a prose cell."""
    found = ((number, re.match(r"\s{0,3}(#{1,6})\s+(.*?)\s*#*$", line)) for number, line in outside_fences(cell))
    return [(number, len(match.group(1)), match.group(2)) for number, match in found if match]


def anchor(heading: str) -> str:
    """The address of a heading within its page, as MyST's `heading_anchors` makes it (GitHub's rule)."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def anchors(chapter: Chapter) -> set[str]:
    """Anchors of a chapter's headings; a heading that comes back gets -1, -2, …"""
    names = [anchor(text) for cell in chapter.cells if cell.kind == "prose" for _, _, text in headings(cell)]
    return {f"{name}-{i}" if i else name for name, same in groupby(sorted(names)) for i, _ in enumerate(same)}
