"""Run chapters' exercises in one framework: `python tests/exercise_runner.py FRAMEWORK`.

Each line of standard input asks, as JSON, for a chapter: the course's root, the chapter's slug, a folder to run in. The
answer is a line of JSON with what the checks said: `solved`, the whole solved notebook's lines, and for each exercise the
lines of both checks after the starter and after each wrong answer; or `error`. A chapter runs in a process of its own,
forked when the framework has been imported: that takes longer than most exercises.
"""

import contextlib
import importlib.util
import io
import json
import os
import signal
import sys
import tempfile
import traceback
import types
from pathlib import Path

from triptych.chapter import read
from triptych.course import Course
from triptych.notebook import code_cells
from triptych.weave import solved

SECONDS = 300  # for a chapter
MODULES = {"keras": "keras", "tensorflow": "tensorflow", "pytorch": "torch"}


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


def serve(framework: str):
    """Answer until standard input ends."""
    for module in (MODULES[framework], "sklearn.datasets", "matplotlib.pyplot"):
        importlib.import_module(module)
    for line in sys.stdin:
        root, slug, folder = json.loads(line)
        with tempfile.TemporaryFile("w+") as answer:
            child = os.fork()
            if not child:
                signal.alarm(SECONDS)
                os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())  # what follows there is not the chapter's
                os.chdir(folder)
                return json.dump(attempt(Path(root), slug, framework), answer)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            answer.seek(0)
            print(json.dumps({"error": f"its process ended with {status}"}) if status else answer.read(), flush=True)


def attempt(root: Path, slug: str, framework: str) -> dict:
    """What `run` finds, or why it found nothing."""
    try:
        return run(root, slug, framework)
    except Exception:
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    serve(sys.argv[1])
