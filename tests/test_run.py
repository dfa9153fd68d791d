"""Running a course: what runs, what is stored, and what an author is told. Frameworks are stubs here."""

import json
import shutil
import sys
import time

import pytest
from small import CHAPTER, TOGETHER, course, edit, line_of, pretend

from triptych.chapter import read
from triptych.check import check
from triptych.course import FRAMEWORKS, Course
from triptych.notebook import code_cells, load, printed
from triptych.run import run
from triptych.weave import weave

pytestmark = pytest.mark.usefixtures("stubs")
TENSORFLOW = "total = sum(numbers)  # tensorflow"


def ran(small, **options):
    """The notebooks that `run` executed, the lines it said, and its problems as text."""
    said = []
    problems = run(small, small.slugs, say=said.append, **options)
    done = [line.split("] ")[1].split("/")[0] for line in said]
    return done, said, list(map(str, problems))


def edited(folder, old, new, text=CHAPTER):
    """A course that ran and whose chapter then changed."""
    pretend(course(folder, text))
    edit(folder / "book" / "small.md", old, new)
    return Course(folder)


def outputs(small, name):
    """All that a stored notebook printed."""
    return "\n".join(printed(load(small.notebook(name, "small"))).values())


FAILURES = {
    "name": (
        "print(1)\nprint(absent)",
        "print(absent)",
        "tensorflow: NameError: name 'absent' is not defined in `print(absent)`",
    ),
    "called": (
        "def f():\n    return 1 / 0\n\n\nprint(1)\nf()",
        "f()\n```",
        "tensorflow: ZeroDivisionError: division by zero in `f()`",
    ),
    "several lines": (
        "raise ValueError('one\\ntwo')",
        "raise",
        "tensorflow: ValueError: one in `raise ValueError('one\\ntwo')`",
    ),
    "exit": ("import os\nos._exit(1)", "import os", "tensorflow: the kernel died in this cell in `import os`"),
    "slow": (
        "import time\ntime.sleep(60)",
        "import time",
        "tensorflow: the cell ran longer than 3 s: make it shorter in `import time`",
    ),
}


@pytest.mark.parametrize("code, at, words", FAILURES.values(), ids=FAILURES)
def test_a_failing_cell_is_named_and_the_others_still_run(tmp_path, code, at, words):
    """One line with framework, line, code and error; nothing of the failed notebook is stored."""
    small = edited(tmp_path, TENSORFLOW, code)
    edit(tmp_path / "book" / "small.md", "# keras", "# changed")
    before, started = small.notebook("tensorflow", "small").read_bytes(), time.monotonic()
    done, said, problems = ran(small, seconds=3)
    assert time.monotonic() - started < 20
    line = line_of((tmp_path / "book" / "small.md").read_text(), at)
    assert problems == [f"book/small.md:{line}: {words}"]
    assert sorted(done) == ["keras", "tensorflow"] and "failed" in "".join(said)
    assert "# changed" in small.notebook("keras", "small").read_text()
    assert small.notebook("tensorflow", "small").read_bytes() == before


def test_running_twice_runs_nothing(tmp_path):
    """What is fresh stays as it is, to the byte."""
    small = course(tmp_path, CHAPTER + TOGETHER)
    done, _, problems = ran(small)
    assert (sorted(done[:3]), done[3:], problems) == (sorted(FRAMEWORKS), ["together"], [])
    before = [path.read_bytes() for path in sorted(tmp_path.glob("notebooks/*/*"))]
    assert ran(small) == ([], [], [])
    assert before == [path.read_bytes() for path in sorted(tmp_path.glob("notebooks/*/*"))]
    assert check(small) == []


def test_running_again_by_force_gives_the_same_outputs(tmp_path):
    """A run leaves nothing of its moment in the notebook but the record that says so; figures have stable ids."""
    plot = "---\ncaption: One\nalt: A line\n---\nimport matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()"
    text = CHAPTER.replace(":tags: [each]", plot, 1)
    small, twice = course(tmp_path, text), []
    for _ in range(2):
        assert ran(small, force=True, frameworks=["keras"])[0] == ["keras"]
        twice.append(load(small.notebook("keras", "small")))
        del twice[-1]["metadata"]["triptych"]["ran"]
    assert twice[0] == twice[1]
    assert "image/svg+xml" in json.dumps(twice[0])


EDITS = {
    "prose": ("adds in its own way", "adds as it likes", []),
    "a number's words": ("of {{ of }} numbers", "of a few", []),
    "a solution": ("return x + x", "return 2 * x", []),
    "one framework's code": ("# pytorch", "# PyTorch", ["pytorch", "together"]),
    "shared code": ("len(numbers)", "len( numbers)", [*FRAMEWORKS, "together"]),
    "together": ("print({name", "print('kept', {name", ["together"]),
    "a new prose cell": ("What the three share:", "First.\n\n+++\n\nSecond.", [*FRAMEWORKS, "together"]),
}


@pytest.mark.parametrize("old, new, expected", EDITS.values(), ids=EDITS)
def test_an_edit_runs_what_depends_on_it_alone(tmp_path, old, new, expected):
    """Staleness is decided by a notebook's own code, so that an author waits for what changed."""
    small = edited(tmp_path, old, new, CHAPTER + TOGETHER)
    done, _, problems = ran(small)
    assert sorted(done[:3]) + done[3:] == sorted(expected[:3]) + expected[3:]
    assert problems == [] and check(small) == []


def gadget(folder, version):
    """Install a package `gadget` of this version into `folder`, in place of any other."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.dist-info/*"):
        old.unlink()
        old.parent.rmdir()
    (folder / "gadget.py").write_text(f"__version__ = {version!r}\n")
    about = folder / f"gadget-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gadget\nVersion: {version}\n")


@pytest.fixture
def pinned(tmp_path, monkeypatch):
    """A course that ran, whose PyTorch cell imports `gadget`, pinned to the installed 1.0."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=":")
    gadget(tmp_path / "site", "1.0")
    small = course(tmp_path, CHAPTER.replace("# pytorch", "# pytorch\nimport gadget"))
    (tmp_path / "requirements.txt").write_text("gadget==1.0  # a comment\nother==2.0\n")
    pretend(small)
    return tmp_path


def test_a_changed_pin_runs_the_notebooks_that_import_it(pinned):
    """An upgrade can change what code prints, so versions belong to the key."""
    gadget(pinned / "site", "1.1")
    edit(pinned / "requirements.txt", "gadget==1.0", "gadget==1.1")
    (stale,) = check(Course(pinned))
    assert "notebooks/pytorch/small.ipynb is stale: it ran with gadget 1.0, the pin is 1.1" in str(stale)
    assert ran(Course(pinned))[0] == ["pytorch"]
    assert load(pinned / "notebooks/pytorch/small.ipynb")["metadata"]["triptych"]["ran"]["versions"] == {
        "gadget": "1.1"
    }


def test_a_pin_that_no_notebook_imports_runs_nothing(pinned):
    """The other half of the rule."""
    edit(pinned / "requirements.txt", "other==2.0", "other==3.0")
    assert ran(Course(pinned)) == ([], [], [])


def test_outputs_of_another_version_than_the_pin_are_refused(pinned):
    """They would be compared with everyone else's."""
    edit(pinned / "requirements.txt", "gadget==1.0", "gadget==1.1")
    before = (pinned / "notebooks/pytorch/small.ipynb").read_bytes()
    done, _, (problem,) = ran(Course(pinned))
    said = "the pytorch notebook imports gadget, pinned to 1.1, but 1.0 is installed: install requirements.txt"
    assert problem == f"book/small.md:1: {said}"
    assert (pinned / "notebooks/pytorch/small.ipynb").read_bytes() == before


def test_a_notebook_names_what_the_group_would_install(pinned):
    """Who has not installed the group reads it in the first cell's one line; who builds the book does not need it."""
    (pinned / "requirements.txt").write_text("other==2.0\n")
    (pinned / "requirements-deployment.txt").write_text("gadget==1.0\n")
    small = Course(pinned)
    assert "gadget" not in weave(small, read(small, "small"), "keras")["cells"][1]["source"]
    guard = weave(small, read(small, "small"), "pytorch")["cells"][1]["source"]
    exec(guard, {})
    shutil.rmtree(pinned / "site")
    sys.modules.pop("gadget", None)
    with pytest.raises(ModuleNotFoundError, match="^this notebook also needs: pip install gadget$"):
        exec(guard, {})
    done, _, (problem,) = ran(small)
    assert problem.endswith("imports gadget, pinned to 1.0, but none is installed: install requirements-deployment.txt")


def test_changed_outputs_are_shown_old_beside_new(tmp_path):
    """An author sees what an edit did to numbers, in the run's own lines."""
    small = edited(tmp_path, "3.25]", "3.75]")
    _, said, _ = ran(small, frameworks=["pytorch"])
    line = line_of(CHAPTER, "```{code-cell} ipython3\nprint(f")
    assert said[0].splitlines()[1:] == [
        f"  book/small.md:{line}: pytorch: was `total 6.2500 of 3`, is `total 6.7500 of 3`"
    ]


def test_numbers_that_vary_are_no_change(tmp_path):
    """A timing differs in every run; its words are shown when they do."""
    text = CHAPTER.replace("[pytorch]\n\ntotal", "[pytorch, varies]\n\nprint('took 0.5 s')\ntotal")
    small = course(tmp_path, text)
    pretend(small)
    path = small.notebook("pytorch", "small")
    line = line_of(text, "```{code-cell} ipython3\n:tags: [pytorch, varies]")
    for old, changed in (("0.9 s", []), ("0.5 m", [f"  book/small.md:{line}: pytorch: was `took 0.5 m`, is `took 0.5 s`"])):
        path.write_text(path.read_text().replace('"took 0.5 s\\n"', f'"took {old}\\n"'))
        _, said, _ = ran(small, frameworks=["pytorch"], force=True)
        assert said[0].splitlines()[1:] == changed


def test_results_are_kept_as_json(tmp_path):
    """What `together` cells read: numbers, NumPy's arrays, and what has a method `numpy`."""
    value = "import numpy as np\ntotal = {1: np.arange(2), 'x': (np.float64(1.5), [True])}\nprint(total[1].sum(), 'of')"
    small = edited(tmp_path, "total = sum(numbers)  # keras", value)
    edit(tmp_path / "book" / "small.md", "{total:.4f}", "{total}")
    assert ran(small, frameworks=["keras"])[0] == ["keras"]
    assert load(small.notebook("keras", "small"))["metadata"]["triptych"]["results"] == {
        "total": {"1": [0, 1], "x": [1.5, [True]]}
    }


def test_results_that_are_no_json_are_said(tmp_path):
    """The message names the framework and the front matter, where the name stands."""
    small = edited(tmp_path, "total = sum(numbers)  # keras", "total = print")
    edit(tmp_path / "book" / "small.md", 'print("keras says", total)', "print(1)")
    edit(tmp_path / "book" / "small.md", "{total:.4f}", "{total}")
    (problem,) = ran(small, frameworks=["keras"])[2]
    said = "TypeError: Object of type builtin_function_or_method is not JSON serializable"
    assert problem == f"book/small.md:1: keras: {said} in `results: in the front matter`"


def test_kernels_work_in_an_empty_folder_but_together_in_the_root(tmp_path):
    """What a notebook finds in its folder must not depend on who ran it, nor stay behind."""
    look = "from pathlib import Path\nprint(sorted(p.name for p in Path().iterdir()), 'of 3')\nPath('left').touch()"
    small = edited(tmp_path, TENSORFLOW, TENSORFLOW + "\n" + look, CHAPTER + TOGETHER)
    edit(tmp_path / "book" / "small.md", "print({name", "print(Path('_toc.yml').exists())\nprint({name")
    assert sorted(ran(small)[0]) == ["tensorflow", "together"]
    assert "[] of 3" in outputs(small, "tensorflow")
    assert "True" in outputs(small, "together")
    assert list(tmp_path.glob("**/left")) == []


def test_together_waits_for_the_three(tmp_path):
    """Where one of them failed there is nothing to lay side by side, which the failure has already said."""
    small = edited(tmp_path, TENSORFLOW, "total = absent", CHAPTER + TOGETHER)
    edit(tmp_path / "book" / "small.md", "print({name", "print('now', {name")
    done, _, problems = ran(small)
    assert done == ["tensorflow"] and len(problems) == 1


def test_the_record_says_what_a_notebook_ran_with(tmp_path):
    """Readers see it below the page."""
    small = edited(tmp_path, "# keras", "# Keras")
    ran(small)
    record = load(small.notebook("keras", "small"))["metadata"]["triptych"]["ran"]
    assert set(record) == {"date", "hardware", "python", "seconds", "versions"}
    assert record["hardware"].endswith("cores") and "numpy" in record["versions"]


def test_every_code_cell_is_counted_in_order(tmp_path):
    """A hole in the counts is a cell that was run by hand or not at all."""
    small = edited(tmp_path, "# keras", "# Keras")
    ran(small)
    cells = code_cells(load(small.notebook("keras", "small")))
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert not any("execution" in cell["metadata"] for cell in cells)


def test_a_cell_put_in_above_changes_no_output_below(tmp_path):
    """Outputs are compared by the code that printed them, not by their place."""
    small = edited(tmp_path, "## The steps below", "## The steps below\n\n```{code-cell} ipython3\nprint('new')\n```")
    _, said, _ = ran(small, frameworks=["keras"])
    assert len(said[0].splitlines()) == 1
