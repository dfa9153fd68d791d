"""The commands, as typed: what they print, their exit codes, what they cost."""

import errno
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small import CHAPTER, FRONT, ROOT, TOGETHER, course, edit, environment, line_of, pretend, triptych

from triptych import __main__
from triptych.course import Course

BIN = Path(sys.executable).parent
KEPT = (
    "_config.yml",
    "_toc.yml",
    "conftest.py",
    "pytest.ini",
    "requirements.txt",
    "requirements-deployment.txt",
    "book",
    "data",
    "notebooks",
    "triptych",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of this course, so that nothing is written into it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in filter(lambda name: (ROOT / name).exists(), KEPT):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


def typed(line, folder, seconds):
    """What a reader types in the course's folder, with the virtual environment on the path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONPATH"))}
    clean["PATH"] = f"{BIN}{os.pathsep}{clean['PATH']}"
    return subprocess.run(line.split(), cwd=folder, env=clean, capture_output=True, text=True, timeout=seconds)


def test_the_site_builds_as_typed(checkout):
    """Plain Jupyter Book makes the same site as `make book`, twice in a row, without a warning."""
    for _ in range(2):
        done = typed("jupyter-book build . -W", checkout, 300)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "WARNING" not in done.stderr
    assert (checkout / "_build" / "html" / "book" / "autodiff.html").exists()


def test_a_notebook_is_tested_as_typed(checkout):
    """Whoever has one notebook open can compare it, and it is the notebook that was compared."""
    done = typed("pytest --nbval notebooks/pytorch/autodiff.ipynb", checkout, 300)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "notebooks/pytorch/autodiff.ipynb ..." in done.stdout


def test_check_is_quick_and_imports_no_framework(tmp_path):
    """It runs at every save: thirty chapters with their notebooks take less than three seconds."""
    steps = CHAPTER[CHAPTER.index("Each framework adds") : CHAPTER.index("## Exercises")]
    course(tmp_path, **{f"chapter{n}": CHAPTER.replace("## Exercises", 10 * steps + "## Exercises") for n in range(29)})
    pretend(Course(tmp_path))
    code = "import sys, triptych.__main__ as m; print(m.main(['--root', sys.argv[1], 'check']), *sys.modules)"
    seconds = []
    for _ in range(
        3
    ):  # other tests run beside this one: their share of the processor is not counted, the best of three is
        before = os.times().children_user
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], env=environment(), capture_output=True, text=True, timeout=60
        )
        seconds.append(os.times().children_user - before)
    code, *modules = done.stdout.split()
    assert code == "0", done.stdout[-2000:]
    assert not {"torch", "tensorflow", "keras", "jax", "numpy", "nbclient", "sphinx"} & set(modules)
    assert min(seconds) < 3.0


def test_check_prints_a_line_for_each_mistake_and_fails(tmp_path):
    """From any folder; the paths are relative to the course."""
    course(
        tmp_path / "course",
        CHAPTER.replace("[each]", "[eech]"),
        other=CHAPTER.replace("## The steps below", "## The steps"),
    )
    done = triptych(tmp_path / "course", "check")
    assert done.returncode == 1 and done.stderr == ""
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == ["book/other.md:15", "book/small.md:58"]
    assert triptych(tmp_path / "course", "check", "other").stdout.splitlines() == done.stdout.splitlines()[:1]


def test_a_clean_course_says_nothing(tmp_path):
    """No news is good news: `check` and `agree` print problems alone."""
    pretend(course(tmp_path / "course", CHAPTER + TOGETHER))
    for command in ("check", "agree", "run"):
        done = triptych(tmp_path / "course", command)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_agree_prints_what_differs_side_by_side(tmp_path):
    """One line, the three frameworks beside each other."""
    text = CHAPTER.replace("total = sum(numbers)  # pytorch", "total = 7.0")
    pretend(course(tmp_path / "course", text))
    done = triptych(tmp_path / "course", "agree")
    place = (
        f"book/small.md:{line_of(text, '```{code-cell} ipython3' + chr(10) + 'print(f')}: shared cell that disagrees: "
    )
    assert done.stdout.startswith(
        place + "keras `total 6.2500 of 3` | tensorflow `total 6.2500 of 3` | pytorch `total 7.0000 of 3`"
    )
    assert done.returncode == 1


@pytest.mark.parametrize("command", ["check", "run", "agree"])
def test_an_unknown_chapter_is_refused(tmp_path, command):
    """A typing error must not look like a clean chapter."""
    course(tmp_path / "course")
    done = triptych(tmp_path / "course", command, "smal")
    assert done.returncode == 1
    assert done.stdout == "book/smal.md:1: there is no such chapter: known are index, small\n"


CONTENTS = {
    "list of chapters": "format: jb-book\nroot: book/index\nchapters:\n- file: book/small\n",
    "parts": "format: jb-book\nroot: book/index\nparts:\n- caption: One\n  chapters:\n  - file: book/small\n",
    "nothing yet": "format: jb-book\nroot: book/index\n",
}


@pytest.mark.parametrize("contents", CONTENTS.values(), ids=CONTENTS)
def test_new_chapter_is_listed(tmp_path, contents):
    """The author goes on with one chapter that `check` knows; it only has not run yet."""
    root = tmp_path / "course"
    course(root)
    (root / "book" / "small.md").unlink() if "small" not in contents else pretend(Course(root))
    (root / "_toc.yml").write_text(contents)
    assert triptych(root, "new", "two-steps").returncode == 0
    done = triptych(root, "check")
    assert [line.split(": run")[0] for line in done.stdout.splitlines()] == [
        f"book/two-steps.md:1: notebooks/{name}/two-steps.ipynb has not run yet"
        for name in ("keras", "pytorch", "tensorflow")
    ]


def test_new_then_run_then_check_is_clean(tmp_path):
    """The first ten minutes of an author."""
    root = tmp_path / "course"
    course(root)
    (root / "book" / "small.md").unlink()
    edit(root / "_toc.yml", "chapters:\n- file: book/small\n", "")
    triptych(root, "new", "steps")
    for command in ("run", "check", "agree"):
        done = triptych(root, command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert triptych(root, "run").stdout == ""


NOT_NEW = {
    "Two": "book/Two.md:1: `Two` is no slug: lower-case letters, digits, - and _, at most 40",
    "x" * 41: f"book/{'x' * 41}.md:1: `{'x' * 41}` is no slug",
    "a/b": "book/a/b.md:1: `a/b` is no slug",
    "small": "book/small.md:1: there is such a chapter already: choose another name",
}


@pytest.mark.parametrize("slug, words", NOT_NEW.items())
def test_new_refuses(tmp_path, slug, words):
    """The slug is the page's address for ever; what is there is not overwritten."""
    course(tmp_path / "course")
    done = triptych(tmp_path / "course", "new", slug)
    assert done.returncode == 1 and done.stdout.startswith(words)
    assert (tmp_path / "course" / "book" / "small.md").read_text() == CHAPTER


def test_a_folder_that_is_no_course_is_refused_with_one_line(tmp_path):
    """Nobody should read a traceback."""
    done = triptych(tmp_path / "nothing", "check")
    assert done.returncode == 1 and done.stderr == ""
    assert done.stdout.startswith("_toc.yml:1: no such file in ") and done.stdout.count("\n") == 1


def test_a_course_needs_no_more_than_three_things(tmp_path):
    """`_config.yml`, `_toc.yml`, `book/`: no pins, no tests, no repository."""
    root = tmp_path / "course"
    small = course(root, FRONT.replace("results: [total]\n", "") + "# Words\n\nNo code.\n")
    assert sorted(path.name for path in root.iterdir()) == ["_config.yml", "_toc.yml", "book"]
    assert small.pins is None and small.repository is None
    assert triptych(root, "run").returncode == 0
    assert triptych(root, "check").stdout == ""


def cut_short():
    """No file of the process that calls this, or of its children, gets longer than 4 kB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))


def test_a_disk_without_room_is_one_line_and_loses_nothing(tmp_path):
    """What was stored stays, nothing half written is left, and the next run goes on."""
    made = course(tmp_path)
    pretend(made)
    edit(made.source("small"), "# pytorch", "# PyTorch")
    before = {path: path.read_bytes() for path in made.root.rglob("*.ipynb")}
    command = [sys.executable, "-m", "triptych", "--root", str(made.root), "run"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, preexec_fn=cut_short)
    said = "notebooks/pytorch/small.ipynb: not written (File too large): make room"
    assert done.returncode == 1 and said in done.stdout and len(done.stdout.splitlines()) == 1 and not done.stderr
    assert {path: path.read_bytes() for path in made.root.rglob("*.ipynb")} == before
    assert not list(made.root.rglob("*.part"))
    assert triptych(made.root, "run").returncode == 0


def test_no_room_anywhere_else_is_one_line_too(tmp_path, monkeypatch, capsys):
    """A kernel needs a temporary folder, for instance."""

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/elsewhere")

    monkeypatch.setitem(__main__.COMMANDS, "run", full)
    assert __main__.main(["--root", str(tmp_path), "run"]) == 1
    said = capsys.readouterr()
    assert said.out == "/tmp/elsewhere: No space left on device: mend that and run again; nothing stored is lost\n" and not said.err
