"""No solution and no hidden check is published: looked for by text and by normalised code. The site: test_build.py."""

import ast
import re

import pytest
from small import CHAPTER, ROOT, course, pretend

from triptych.chapter import read
from triptych.check import check
from triptych.course import Course
from triptych.notebook import code_cells, load, parse, store

SHORTEST = 9  # characters; a line such as `x = x0` shows nothing


def nameless(node):
    """A statement or function in one spelling: no comments, no layout, own names replaced by their order."""
    tree, names = ast.parse(ast.unparse(node)), {}
    for part in ast.walk(tree):
        for field in ("id", "arg", "name"):
            if isinstance(getattr(part, field, None), str):
                setattr(part, field, names.setdefault(getattr(part, field), f"n{len(names)}"))
    return ast.unparse(tree)


def shapes(source):
    """Every function and every longer statement of a cell, nameless."""
    nodes = [node for node in ast.walk(parse(source)) if isinstance(node, ast.stmt)]
    return {shape for node in nodes if len(shape := nameless(node)) > 60 or isinstance(node, ast.FunctionDef)}


def lines(source):
    """The lines that would give something away, without indentation and comments."""
    stripped = (re.sub(r"\s*#.*", "", line).strip() for line in source.splitlines())
    return {line for line in stripped if len(line) >= SHORTEST}


def leaks(course):
    """What of the solutions and hidden checks stands in the stored notebooks, as `<notebook>: <code>`."""
    cells = [cell for slug in course.slugs for cell in read(course, slug).cells]
    secret = [cell.source for cell in cells if cell.role in ("solution", "hidden-check")]
    public = [cell.source for cell in cells if cell.role not in ("solution", "hidden-check")]
    telling = {line for line in set().union(*map(lines, secret)) if line not in "\n".join(public)}
    forms = set().union(*map(shapes, secret)) - set().union(*map(shapes, public))
    found = []
    for path in sorted((course.root / "notebooks").glob("*/*.ipynb")):
        sources = [cell["source"] for cell in load(path)["cells"]]
        text, stored = "\n".join(sources), path.read_text(encoding="utf-8")
        found += [f"{path.parent.name}: {line}" for line in telling if line in text or line in stored]
        code = set().union(*(shapes(cell["source"]) for cell in code_cells(load(path))))
        found += [f"{path.parent.name}: {form}" for form in forms & code]
    return sorted(found)


def test_this_course_publishes_no_solution():
    """Readers' links lead to these notebooks."""
    assert leaks(Course(ROOT)) == []


SECRET = """\
def twice(x):
    doubled = [x + x for attempt in range(3)]
    return doubled[0] if len(doubled) == 3 else None
"""
PLANTED = {
    "nothing": (None, False),
    "as it stands": (SECRET, True),
    "in prose": (f"So:\n\n{SECRET}", True),
    "one line of it": ("return doubled[0] if len(doubled) == 3 else None  # there", True),
    "laid out anew": (
        "def twice( x ):\n  doubled=[x+x for attempt in range( 3 )]\n  return doubled[0] if len(doubled)==3 else None",
        True,
    ),
    "renamed": ("def two(y):\n    d = [y + y for i in range(3)]\n    return d[0] if len(d) == 3 else None", True),
    "as a method": (
        "class A:\n    def g(y):\n        d = [y + y for i in range(3)]\n        return d[0] if len(d) == 3 else None",
        True,
    ),
    "something else": ("def thrice(x):\n    return 3 * x", False),
}


@pytest.mark.parametrize("source, found", PLANTED.values(), ids=PLANTED)
def test_a_planted_solution_is_found(tmp_path, source, found):
    """Also where somebody copied it by hand and changed its looks."""
    small = course(tmp_path, CHAPTER.replace("def twice(x):\n    return x + x\n", SECRET))
    pretend(small)
    path = small.notebook("pytorch", "small")
    notebook = load(path)
    if source:
        kind = "markdown" if source.startswith("So") else "code"
        notebook["cells"].append({"cell_type": kind, "source": source, "id": "planted", "metadata": {}})
    store(path, notebook)
    assert bool(leaks(small)) is found
    assert all(leak.startswith("pytorch: ") for leak in leaks(small))


def test_a_solution_without_its_tag_is_no_clean_chapter(tmp_path):
    """It would be published; but the row that it forms lacks the other two frameworks."""
    small = course(tmp_path, CHAPTER.replace(":tags: [solution, keras]", ":tags: [keras]"))
    assert any("no tensorflow and no pytorch" in str(problem) for problem in check(small))
