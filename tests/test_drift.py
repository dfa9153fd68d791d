"""Drift: each kind is put into a copy of a course and caught by the check named for it, with the place."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from small import CHAPTER, ROOT, TOGETHER, course, edit, environment, line_of, pretend

from triptych.agree import agree
from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course
from triptych.fill import filled
from triptych.fresh import staleness
from triptych.notebook import code_cells, load, store, stored
from triptych.run import run

SHARED = '```{code-cell} ipython3\nprint(f"total'
TEXT = CHAPTER.replace("# pytorch", "# pytorch\nimport gadget\n\nprint(gadget.old())")


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of a course that ran, with the course's conftest, and a library `gadget` for it to drift from."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"] + os.pathsep + str(tmp_path))
    (tmp_path / "gadget.py").write_text("def old():\n    return 1\n")
    small = course(tmp_path, TEXT + TOGETHER)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "requirements.txt").write_text("gadget==1.0\n")
    pretend(small)
    return tmp_path


def nbval(folder, notebook, *options):
    """What `pytest --nbval` says of one stored notebook of the copy."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", *options, notebook]
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=120)
    done.stdout = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)
    return done


def change(folder, function, name="pytorch"):
    """Alter the stored notebook's code cells."""
    path = folder / "notebooks" / name / "small.ipynb"
    notebook = load(path)
    function(notebook, {cell["source"]: cell for cell in code_cells(notebook)})
    store(path, notebook)


def said(cells, start):
    """The outputs of the cell whose source starts with these words."""
    return next(cell for source, cell in cells.items() if source.startswith(start))


def reprint(notebook, cells):
    said(cells, "print(f")["outputs"][0]["text"] = ["total 6.2600 of 3\n"]


def recount(notebook, cells):
    said(cells, "print(f")["outputs"][0]["text"] = ["total 6.2500 of 4\n"]


def swap(notebook, cells):
    one, other = said(cells, "print(f"), said(cells, 'print("one')
    one["outputs"], other["outputs"] = other["outputs"], one["outputs"]


def forget(notebook, cells):
    said(cells, "print(f")["outputs"] = []


RERUN = {
    "changed printed number": (lambda at: change(at, reprint), SHARED, "total 6.2500 of 3"),
    "changed printed count": (lambda at: change(at, recount), SHARED, "total 6.2500 of 3"),
    "swapped outputs": (lambda at: change(at, swap), SHARED, "one of ['torch']"),
    "renamed API": (
        lambda at: edit(at / "gadget.py", "old", "new"),
        "```{code-cell} ipython3\n:tags: [pytorch]\n\ntotal",
        "AttributeError: module 'gadget' has no attribute 'old'",
    ),
    "missing output": (lambda at: change(at, forget), SHARED, "Unexpected output fields from running code: {'stdout'}"),
}


@pytest.mark.parametrize("drift, at, words", RERUN.values(), ids=RERUN)
def test_nbval_catches(copy, drift, at, words):
    """A fresh run of the stored notebook gives something else; no other check looks here."""
    drift(copy)
    done = nbval(copy, "notebooks/pytorch/small.ipynb")
    assert done.returncode == 1
    assert f"book/small.md:{line_of(TEXT, at)}: pytorch: " in done.stdout
    assert words in done.stdout


def test_nbval_passes_what_did_not_drift(copy):
    """Else the tests above would show nothing; one unit of the last digit is no drift."""
    change(copy, lambda notebook, cells: said(cells, "print(f")["outputs"][0].update(text=["total  6.2501 of 3"]))
    for name in (*FRAMEWORKS, "together"):
        done = nbval(copy, f"notebooks/{name}/small.ipynb")
        assert done.returncode == 0, done.stdout
        assert " passed" in done.stdout


def test_nbval_refuses_a_notebook_that_never_ran(copy):
    """Without counts nothing would be compared."""
    change(copy, lambda notebook, cells: said(cells, "print(f").update(execution_count=None))
    done = nbval(copy, "notebooks/pytorch/small.ipynb")
    assert done.returncode != 0
    assert "small.ipynb: has code cells that never ran: run `python -m triptych run small`" in done.stderr + done.stdout


@pytest.mark.parametrize(
    "tags, old, new, code",
    [("keras, varies", "0.5 s", "0.9 s", 0), ("keras, varies", "0.5 s", "0.5 m", 1), ("keras", "0.5 s", "0.9 s", 1)],
)
def test_nbval_masks_the_numbers_that_vary(tmp_path, monkeypatch, tags, old, new, code):
    """Timings differ in every run; their words do not."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    small = course(tmp_path, CHAPTER.replace("[keras]\n\ntotal", f"[{tags}]\n\nprint('took 0.5 s')\ntotal"))
    shutil.copy(ROOT / "conftest.py", tmp_path)
    pretend(small)
    path = small.notebook("keras", "small")
    path.write_text(path.read_text().replace(f"took {old}\\n", f"took {new}\\n"))
    assert nbval(tmp_path, str(path)).returncode == code


PYTORCH = "```{code-cell} ipython3\n:tags: [pytorch]"
NEEDY = "import shutil\nprint('not run: no C++ compiler' if not shutil.which('{}') else 'fused')\n"


def test_a_cell_without_its_compiler_is_skipped_in_words(tmp_path, monkeypatch):
    """nbval neither passes nor fails it: the summary names its line. Any other words are drift."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    text = CHAPTER.replace("[pytorch]\n\ntotal", "[pytorch]\n\n" + NEEDY.format("python3") + "total")
    small = course(tmp_path, text)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    pretend(small)
    path = small.notebook("pytorch", "small")
    for stored, code, words in (("fused", 0, " passed"), ("unfused", 1, "fused")):
        path.write_text(path.read_text().replace('"fused\\n"', f'"{stored}\\n"'))
        done = nbval(tmp_path, str(path))
        assert (done.returncode, words in done.stdout) == (code, True), done.stdout
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    done = nbval(tmp_path, str(path), "-rs")
    assert done.returncode == 0, done.stdout
    assert f"book/small.md:{line_of(text, PYTORCH)}: pytorch: not run: no C++ compiler" in done.stdout
    assert "1 skipped" in done.stdout


def test_run_does_not_store_a_cell_that_had_no_compiler(tmp_path, stubs):
    """Else a machine without one would replace what others see."""
    text = CHAPTER.replace("[pytorch]\n\ntotal", "[pytorch]\n\n" + NEEDY.format("no-such-compiler") + "total")
    small = course(tmp_path, text)
    problems = [str(one) for one in run(small, ["small"], say=lambda line: None)]
    why = "pytorch: a cell was not run for want of a C++ compiler: install one (Debian: g++)"
    assert f"book/small.md:{line_of(text, PYTORCH)}: {why}" in problems
    assert not small.notebook("pytorch", "small").exists()


def test_agreement_catches_a_constant_altered_in_one_framework(copy, stubs):
    """The altered notebook is fresh, its own outputs are right: only the others contradict it."""
    edit(copy / "book" / "small.md", "total = sum(numbers)  # tensorflow", "total = 2 * sum(numbers)")
    small = Course(copy)
    run(small, ["small"], frameworks=["tensorflow"], say=lambda line: None)
    (problem,) = agree(small, ["small"])
    place = f"book/small.md:{line_of((copy / 'book/small.md').read_text(), SHARED)}: "
    assert str(problem).startswith(
        place + "shared cell that disagrees: keras `total 6.2500 of 3` | tensorflow `total 12.5000 of 3` | pytorch"
    )


def cut(notebook, cells):
    notebook["cells"].remove(said(cells, "print(f"))


def retouch(notebook, cells):
    said(cells, "print(f")["outputs"][0]["text"] = ["total 6.25 of 3\n"]


def recode(notebook, cells):
    said(cells, "print(f")["source"] += "  # by hand"


def refresh(notebook, cells):
    notebook["metadata"]["triptych"]["results"]["total"] = 7


PYTORCH_CELL = line_of(TEXT, "```{code-cell} ipython3\n:tags: [pytorch]\n\ntotal")
STALE = {
    "changed code": (
        lambda at: edit(at / "book/small.md", "# pytorch", "# PyTorch"),
        f"is stale: the cell at line {PYTORCH_CELL} changed",
    ),
    "added cell": (
        lambda at: edit(at / "book/small.md", "## Exercises", "```{code-cell} ipython3\nprint(1)\n```\n\n## Exercises"),
        "is stale: the cell at line 67 changed",
    ),
    "removed cell": (
        lambda at: edit(
            at / "book/small.md",
            CHAPTER[CHAPTER.index("```{code-cell} ipython3\n:tags: [each]") : CHAPTER.index("## Exercises")],
            "",
        ),
        "is stale: the cell at line 83 changed",
    ),
    "removed last cell": (
        lambda at: edit(at / "book/small.md", "[check]", "[hidden-check]"),
        "is stale: a cell was removed",
    ),
    "upgraded pin": (
        lambda at: edit(at / "requirements.txt", "gadget==1.0", "gadget==1.1"),
        "is stale: it ran with gadget 1.0, the pin is 1.1",
    ),
    "new pin": (
        lambda at: (at / "requirements.txt").open("a").write("numpy==0.1\n"),
        "is stale: it ran with numpy absent, the pin is 0.1",
    ),
    "output edited by hand": (lambda at: change(at, retouch), "was edited by hand"),
    "code edited by hand": (lambda at: change(at, recode), "was edited by hand"),
    "cell removed by hand": (lambda at: change(at, cut), "was edited by hand"),
    "result edited by hand": (lambda at: change(at, refresh), "was edited by hand"),
    "engine's first cell": (lambda at: change(at, lambda n, c: n["metadata"].pop("triptych")), "was edited by hand"),
}


@pytest.mark.parametrize("drift, words", STALE.values(), ids=STALE)
def test_freshness_catches(copy, drift, words):
    """What a notebook depends on changed, or somebody changed the notebook."""
    small = Course(copy)
    assert staleness(small, read(small, "small"), "pytorch", stored(small, read(small, "small"))) is None
    drift(copy)
    small = Course(copy)
    chapter = read(small, "small")
    assert staleness(small, chapter, "pytorch", stored(small, chapter)) == words


def test_freshness_catches_one_of_the_three_that_ran_again(copy, stubs):
    """The fourth notebook shows what the three left."""
    edit(copy / "book" / "small.md", "# keras", "# Keras")
    small = Course(copy)
    run(small, ["small"], frameworks=["keras"], say=lambda line: None)
    chapter = read(small, "small")
    assert staleness(small, chapter, "together", stored(small, chapter)) == "is stale: one of the three ran again"


PROSE = {
    "the run prints another word": (
        'print(f"total',
        'print(f"sum',
        "{{ total }}",
        "no cell above prints these words and then a number",
    ),
    "the prose quotes another word": (
        "{{ total }}",
        "{{ totals }}",
        "{{ totals",
        "no cell above prints these words and then a number",
    ),
    "one framework prints another number": (
        "total = sum(numbers)  # keras",
        "total = 7.5",
        "{{ total }}",
        "the frameworks differ (keras: 7.5000, tensorflow: 6.2500",
    ),
}


@pytest.mark.parametrize("old, new, at, words", PROSE.values(), ids=PROSE)
def test_the_filler_catches_a_number_that_prose_lost(tmp_path, old, new, at, words):
    """A sentence whose number is gone may not stay as it was."""
    small = course(tmp_path, CHAPTER.replace(old, new, 1))
    pretend(small)
    chapter = read(small, "small")
    problems = filled(small, chapter, "pytorch", stored(small, chapter))[1]
    assert [str(problem).split(": ")[0] for problem in problems] == [
        f"book/small.md:{line_of(CHAPTER.replace(old, new, 1), at)}"
    ]
    assert words in str(problems[0])


def test_a_changed_number_changes_the_prose_with_it(tmp_path):
    """So prose never says what the run no longer does."""
    for number in ("3.25", "4.25"):
        small = course(tmp_path, CHAPTER.replace("3.25", number))
        pretend(small)
        text = "".join(cell["source"] for cell in load(small.notebook("keras", "small"))["cells"])
        assert f"The total is {3 + float(number):.4f}, of 3 numbers." in text
