"""From a chapter to its notebooks. Weaving the same chapter twice gives the same bytes."""

import re

from . import words
from .chapter import Cell, Chapter
from .course import FRAMEWORKS, Course
from .notebook import code_cell, code_cells, modules, prose_cell

# The engine's own first code cell: it imports the framework and prints versions. What the import and the start
# of the devices write to file descriptor 2 is sent away; nothing later is, but TensorFlow's INFO lines.
QUIETLY = """\
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
{before}loud, quiet = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(quiet, 2)  # the import greets on standard error
{imports}
os.dup2(loud, 2)
os.close(quiet), os.close(loud)
"""
FIRST_CELL = {
    "keras": QUIETLY.format(
        before='os.environ.setdefault("KERAS_BACKEND", "tensorflow")\n',
        imports="import keras\nimport numpy as np\n\nkeras.ops.zeros(1)  # starts the backend",
    )
    + """
backend = keras.backend.backend()  # tensorflow, torch or jax
print("keras", keras.__version__, "on", backend, "numpy", np.__version__)""",
    "tensorflow": QUIETLY.format(
        before="", imports='import numpy as np\nimport tensorflow as tf\n\ngpus = tf.config.list_physical_devices("GPU")'
    )
    + """
print("tensorflow", tf.__version__, "numpy", np.__version__, "GPUs", len(gpus))""",
    "pytorch": """\
import numpy as np
import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
torch.set_default_device(device)
print("torch", torch.__version__, "numpy", np.__version__, "on", device)""",
    "together": """\
import json
from pathlib import Path

results = {{}}  # what each framework's notebook left
for framework in ("keras", "tensorflow", "pytorch"):
    path = Path("notebooks", framework, "{slug}.ipynb")
    metadata = json.loads(path.read_text())["metadata"]
    results[framework] = metadata["triptych"]["results"]
print(*results)""",
}

# Goes before it where cells import what `make book` does not install. Without versions: Colab's may be others.
NEEDS = """\
import importlib.util

absent = [name for name in {packages} if not importlib.util.find_spec(name)]
if absent:
    raise ModuleNotFoundError("this notebook also needs: pip install " + " ".join(absent))"""


def weave(course: Course, chapter: Chapter, name: str, cells=None) -> dict:
    """The notebook `name` (one of NOTEBOOKS) as a dictionary, not executed, numbers not filled in.

    `cells` replaces the published selection: what `solved` uses.
    """
    chosen = [cell for cell in chapter.cells if cell.belongs(name)] if cells is None else cells
    imported = {module for cell in chosen if cell.kind == "code" for module in modules(cell.source)}
    needs = sorted(module for module in imported if course.versions({module}).keys() & course.group.keys())
    woven = [
        prose_cell(f"{chapter.slug[:40]}-title", header(course, chapter, name)),
        *([code_cell(f"{chapter.slug[:40]}-needs", NEEDS.format(packages=needs), [])] if needs else []),
        code_cell(f"{chapter.slug[:40]}-versions", FIRST_CELL[name].replace("{slug}", chapter.slug).replace("{{}}", "{}"), ["versions"]),
    ]
    for cell in chosen:
        identity = chapter.cell_id(cell)
        if cell.kind == "code":
            woven.append(code_cell(identity, cell.source, list(cell.tags)))
        elif text := without_title(absolute_links(course, chapter, cell.source)):
            woven.append(prose_cell(identity, with_worth(text, cell) if cell.role == "exercise" else text))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": woven, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def header(course: Course, chapter: Chapter, name: str) -> str:
    """Title, Colab badge (where the repository is known), and links to the page and the sibling notebooks."""
    colab = words.COLAB_LINK.format(repository=course.repository, notebook="{notebook}", slug=chapter.slug)
    page = f"{course.address}/book/{chapter.slug}.html" if course.address else f"../../book/{chapter.slug}.md"
    title = f"{chapter.title} · {words.NAMES[name]}" if name in words.NAMES else words.TOGETHER_TITLE.format(title=chapter.title)
    links = {f: colab.format(notebook=f) if course.repository else f"../{f}/{chapter.slug}.ipynb" for f in FRAMEWORKS if f != name}
    siblings = ", ".join(f"[{words.NAMES[f]}]({link})" for f, link in links.items())
    badge = [words.COLAB_BADGE.format(link=colab.format(notebook=name))] if course.repository and name in FRAMEWORKS else []
    about = f"{words.NOTEBOOK_PAGE.format(title=course.title, page=page)} {words.NOTEBOOK_SIBLINGS.format(siblings=siblings)}"
    return "\n\n".join([f"# {title}", *badge, about])


def worth(cell: Cell) -> str:
    """An exercise's points, and what it is for."""
    points = words.POINT if cell.options.get("points") == 1 else words.POINTS.format(points=cell.options.get("points"))
    return f"{points} · {cell.options.get('objective')}"


def with_worth(text: str, cell: Cell) -> str:
    """An exercise's text with its worth under the heading, where the page has it."""
    return re.sub(r"\A(#+ .*\n+)?", lambda heading: f"{heading.group()}*{worth(cell)}*\n\n", text, count=1)


def without_title(text: str) -> str:
    """The text without its level-1 heading, which the notebook's header already shows."""
    return re.sub(r"\A\s*# .*\n?", "", text).strip("\n")


def absolute_links(course: Course, chapter: Chapter, text: str) -> str:
    """Links between chapters turned into the site's addresses, or left relative where the site has none."""

    def address(match):
        page, place = match.group(1) or f"{chapter.slug}.md", match.group(2) or ""
        if not course.address:
            return f"](../../book/{page}{place})" if match.group(1) else match.group()
        return f"]({course.address}/book/{page.removesuffix('.md')}.html{place})"

    return re.sub(r"\]\(([\w-]+\.md)?(#[\w-]+)?\)", lambda m: address(m) if m.group(1) or m.group(2) else m.group(), text)


def solved(course: Course, chapter: Chapter, framework: str) -> dict:
    """The notebook of the exercises alone: setup cells, solutions in place of starters, both kinds of checks."""
    wanted = ("exercise", "solution", "check", "hidden-check")
    cells = [c for c in chapter.cells if c.place in ("shared", "each", framework) and (c.role in wanted or "setup" in c.tags)]
    return weave(course, chapter, framework, cells)


def with_outputs(woven: dict, executed: dict) -> dict:
    """`woven` with the outputs, counts and record of `executed`, where the code is the same."""
    old = {cell["id"]: cell for cell in code_cells(executed)}
    for cell in code_cells(woven):
        if cell["id"] in old and old[cell["id"]]["source"] == cell["source"]:
            cell["execution_count"] = old[cell["id"]]["execution_count"]
            cell["outputs"] = old[cell["id"]]["outputs"]
    woven["metadata"]["triptych"] = executed["metadata"].get("triptych", {})
    return woven
