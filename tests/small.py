"""A small course for the engine's tests: every kind of cell once, and frameworks that are stubs."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course
from triptych.execute import record
from triptych.fresh import panel_digests
from triptych.notebook import code_cells, digest, load, store, stored
from triptych.run import settle
from triptych.weave import weave

ROOT = Path(__file__).parent.parent
STUBS = ROOT / "tests" / "stubs"

FRONT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
results: [total]
---

"""
CHAPTER = (
    FRONT
    + """\
# A small chapter

Which sum is it? See [the steps](#the-steps-below).

```{code-cell} ipython3
:tags: [setup]

numbers = [1.0, 2.0, 3.25]
```

## The steps below

Each framework adds in its own way.

```{code-cell} ipython3
:tags: [keras]

total = sum(numbers)  # keras
print("keras says", total)
```

+++ {"tags": ["tensorflow"]}

TensorFlow says nothing on the way.

```{code-cell} ipython3
:tags: [tensorflow]

total = sum(numbers)  # tensorflow
```

```{code-cell} ipython3
:tags: [pytorch]

total = sum(numbers)  # pytorch
```

What the three share:

```{code-cell} ipython3
print(f"total {total:.4f} of {len(numbers)}")
```

The total is {{ total }}, of {{ of }} numbers.

```{code-cell} ipython3
:tags: [each]

print("one of", sorted({"keras", "tf", "torch"} & set(dir())))
```

## Exercises

+++ {"tags": ["exercise"], "id": "double", "points": 1, "objective": "double a number"}

### Twice

Return twice the number.

```{code-cell} ipython3
:tags: [starter, keras]

def twice(x):
    return x  # your turn
```

```{code-cell} ipython3
:tags: [starter, tensorflow]

def twice(x):
    return x  # your turn
```

```{code-cell} ipython3
:tags: [starter, pytorch]

def twice(x):
    return x  # your turn
```

```{code-cell} ipython3
:tags: [solution, keras]

def twice(x):
    return x + x
```

```{code-cell} ipython3
:tags: [solution, tensorflow]

def twice(x):
    return x + x
```

```{code-cell} ipython3
:tags: [solution, pytorch]

def twice(x):
    return x + x
```

```{code-cell} ipython3
:tags: [check]

good = twice(2) == 4
print("double:", "passed" if good else "not yet: 2 gives another")
```

```{code-cell} ipython3
:tags: [hidden-check]

good = twice(-3) == -6
print("double:", "passed" if good else "not yet: wrong elsewhere")
```
"""
)
TOGETHER = """
## Side by side

```{code-cell} ipython3
:tags: [together]

print({name: left["total"] for name, left in results.items()})
```
"""


def course(folder: Path, text: str = CHAPTER, **more: str) -> Course:
    """A course in `folder` with the chapters `small` (of this text) and `more` (slug to text)."""
    chapters = {"small": text} | more
    (folder / "book").mkdir(parents=True, exist_ok=True)
    (folder / "_config.yml").write_text("title: Small\n")
    (folder / "book" / "index.md").write_text("# Small\n")
    listed = "".join(f"- file: book/{slug}\n" for slug in chapters)
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: book/index\nchapters:\n{listed}")
    for slug, chapter in chapters.items():
        (folder / "book" / f"{slug}.md").write_text(chapter)
    return Course(folder)


def edit(path: Path, old: str, new: str):
    """Replace the first `old` in a file by `new`; it must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(text: str, words: str) -> int:
    """Number of the first line that holds these words."""
    return text[: text.index(words)].count("\n") + 1


def pretend(course: Course):
    """Store what `run` would, in milliseconds: plain Python cells, executed here and without frameworks."""
    for slug in course.slugs:
        chapter = read(course, slug)
        for name in chapter.notebooks:
            notebook = weave(course, chapter, name)
            metadata = record(course, name, notebook, 0.1)
            namespace = {{"keras": "keras", "tensorflow": "tf", "pytorch": "torch"}.get(name, name): None}
            if name == "together":
                kept = {f: load(course.notebook(f, slug)) for f in FRAMEWORKS}
                namespace["results"] = {f: kept[f]["metadata"]["triptych"]["results"] for f in FRAMEWORKS}
                metadata["panels"] = panel_digests(stored(course, chapter))
            for count, cell in enumerate(code_cells(notebook), 1):
                execute(cell, count, namespace)
            metadata["results"] = {key: namespace.get(key) for key in chapter.results if name in FRAMEWORKS}
            notebook["metadata"]["triptych"] = metadata
            metadata["digest"] = digest(notebook)
            store(course.notebook(name, slug), notebook)
        if chapter.notebooks:
            settle(course, chapter)


def execute(cell: dict, count: int, namespace: dict):
    """Give a cell its count and what it prints; the engine's first cell is only said to have run."""
    printed = io.StringIO("versions\n")
    if "versions" not in cell["metadata"].get("tags", []):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(cell["source"], namespace)
    text = printed.getvalue().splitlines(keepends=True)
    cell["execution_count"] = count
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []


def environment(**more: str) -> dict[str, str]:
    """The environment in which a small course's commands and kernels run."""
    return os.environ | {"PYTHONPATH": f"{STUBS}{os.pathsep}{ROOT}"} | more


def triptych(root: Path, *arguments: str, seconds: float = 60, **options) -> subprocess.CompletedProcess:
    """`python -m triptych --root ROOT …`, as typed, from another folder."""
    command = [sys.executable, "-m", "triptych", "--root", str(root), *arguments]
    options = {"env": environment(), "cwd": root.parent} | options
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, **options)
