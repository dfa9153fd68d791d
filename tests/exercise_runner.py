"""Run a chapter's exercises in one framework: `python tests/exercise_runner.py ROOT SLUG FRAMEWORK`.

Prints, as JSON, what the checks said: `solved`, the whole solved notebook's lines, and for each exercise the lines of
both checks after the starter and after each wrong answer. A process of its own, since it imports the framework.
"""

import contextlib
import importlib.util
import io
import json
import sys
import types
from pathlib import Path

from triptych.chapter import read
from triptych.course import Course
from triptych.notebook import code_cells
from triptych.weave import solved


def printed(namespace: dict, *sources: str) -> list[str]:
    """The lines that these cells print, one after the other, in this namespace."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for source in sources:
            exec(compile(source, "<cell>", "exec"), namespace)
    return out.getvalue().splitlines()


def notebook_with(names: dict) -> dict:
    """The namespace of a new `__main__` that holds these names: compilers look up a function's globals there."""
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    vars(module).update(names)
    return vars(module)


def answers(root: Path, slug: str) -> dict[str, list[dict[str, str]]]:
    """Exercise id to its common wrong answers, each a mapping of framework to code."""
    path = root / "tests" / "wrong_answers" / f"{slug}.py"
    if not path.exists():
        return {}
    spec = importlib.util.spec_from_file_location("wrong", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.WRONG


def run(root: Path, slug: str, framework: str) -> dict:
    """What the checks say; see above."""
    course = Course(root)
    chapter = read(course, slug)
    notebook = [
        (cell["source"], cell["metadata"].get("tags", [])) for cell in code_cells(solved(course, chapter, framework))
    ]
    base = notebook_with({})
    printed(base, *(source for source, tags in notebook if {"versions", "setup"} & set(tags)))
    found = {
        "solved": printed(notebook_with(base), *(source for source, tags in notebook if not {"versions", "setup"} & set(tags)))
    }
    wrong, tries, checks, identity = answers(root, slug), {}, {}, None
    for cell in chapter.cells:
        identity = cell.options["id"] if cell.role == "exercise" else identity
        if cell.role == "starter" and cell.framework == framework:
            tries[identity] = [cell.source] + [answer[framework] for answer in wrong.get(identity, [])]
        elif cell.role in ("check", "hidden-check"):
            checks.setdefault(identity, []).append(cell.source)
    found["tries"] = {i: [printed(notebook_with(base), code, *checks[i]) for code in codes] for i, codes in tries.items()}
    return found


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), *sys.argv[2:])))
