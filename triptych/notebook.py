"""Notebooks as they are stored: read, write, and what a run left in them."""

import ast
import functools
import hashlib
import json
import re
from pathlib import Path

from .chapter import Chapter
from .course import Course, write_whole

# What a cell prints, and nothing else, where it needs the compiler that torch's Inductor calls and there is none.
NOT_RUN = "not run: no C++ compiler"
# Libraries that the first cell imports without naming them, or that every notebook depends on.
UNDERNEATH = {"keras": {"tensorflow", "numpy", "ipykernel"}, "together": {"numpy", "ipykernel"}}


def prose_cell(identity: str, source: str) -> dict:
    """A Markdown cell of the notebook format."""
    return {"cell_type": "markdown", "id": identity, "metadata": {}, "source": source}


def code_cell(identity: str, source: str, tags: list[str]) -> dict:
    """A code cell of the notebook format that has not run."""
    metadata = {"tags": tags} if tags else {}
    return {"cell_type": "code", "execution_count": None, "id": identity, "metadata": metadata, "outputs": [], "source": source}


def code_cells(notebook: dict) -> list[dict]:
    """The code cells of a notebook."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def load(path: Path) -> dict | None:
    """A stored notebook; None if there is none, or if the file is no notebook."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        return notebook
    except (OSError, ValueError, KeyError, TypeError):
        return None


def store(path: Path, notebook: dict) -> bool:
    """Write a notebook whole or not at all; True if the file changed."""
    cells = [cell | {"source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    text = json.dumps(notebook | {"cells": cells}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_whole(path, text)
    return True


def digest(notebook: dict) -> str:
    """A fingerprint of what a run left: code, execution counts, outputs. An edit by hand changes it."""
    kept = [(c["id"], c["source"], c["execution_count"], c["outputs"]) for c in code_cells(notebook)]
    results = notebook["metadata"].get("triptych", {}).get("results")
    return hashlib.sha256(json.dumps([kept, results], sort_keys=True).encode()).hexdigest()[:16]


def text_of(outputs: list[dict]) -> str:
    """What a cell printed or showed as plain text."""
    parts = []
    for output in outputs:
        part = output.get("text") or output.get("data", {}).get("text/plain", "")
        parts.append("".join(part))
    return "\n".join(parts)


def printed(notebook: dict | None) -> dict[str, str]:
    """Cell id to the text it printed."""
    return {c["id"]: text_of(c["outputs"]) for c in code_cells(notebook)} if notebook else {}


@functools.cache
def parse(source: str) -> ast.Module:
    """A cell's syntax tree. IPython's magic and shell lines count as blank.

    A broken cell has an empty tree with the SyntaxError as its `error`.
    """
    lines = ["" if re.match(r"\s*[%!]", line) else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError as error:
        broken = ast.Module([], [])
        broken.error = error
        return broken


def imports(notebook: dict, name: str) -> set[str]:
    """Top-level names of the modules that a notebook's cells, or the scripts they write, import."""
    return UNDERNEATH.get(name, {"numpy", "ipykernel"}).union(*(modules(cell["source"]) for cell in code_cells(notebook)))


@functools.cache
def modules(source: str) -> frozenset[str]:
    """Top-level names of the modules that one cell imports."""
    nodes = list(ast.walk(parse(source))) if "import" in source else []
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return frozenset(name.split(".")[0] for name in plain | parts)


def stored(course: Course, chapter: Chapter) -> dict[str, dict | None]:
    """Notebook name to what is stored of it."""
    return {name: load(course.notebook(name, chapter.slug)) for name in chapter.notebooks}
