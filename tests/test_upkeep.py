"""Upgrades, other versions, other devices, publishing: on small courses, with stand-ins for pip and for a GPU."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from small import (
    CHAPTER,
    ROOT,
    STUBS,
    TOGETHER,
    course,
    edit,
    environment,
    line_of,
    pretend,
)

from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course, CourseError
from triptych.notebook import code_cells, digest, load
from triptych.upkeep import trial as trial_module
from triptych.upkeep import upgrade as upgrade_module
from triptych.upkeep.publish import publish, without_solutions
from triptych.upkeep.record import gpu, record
from triptych.upkeep.trial import differences, interpreter, trial, try_versions
from triptych.upkeep.upgrade import upgrade

TOTAL = '```{code-cell} ipython3\nprint(f"total'
TOY = CHAPTER.replace("numbers = [1.0, 2.0, 3.25]", "import toy\n\nnumbers = [1.0, toy.two, 3.25]")


@pytest.fixture(autouse=True)
def kernels_see_the_stubs(monkeypatch):
    """Kernels and commands started here find stub frameworks and the engine."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])


def upkeep(root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    """`python -m triptych.upkeep --root ROOT …`, as typed."""
    command = [sys.executable, "-m", "triptych.upkeep", "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment(**more))


# Upgrading.


def provide(folder: Path, version: str, two: float):
    """Install the library `toy` in this version."""
    for old in folder.glob("toy-*"):
        shutil.rmtree(old)
    (folder / "toy.py").write_text(f"two = {two}\n")
    about = folder / f"toy-{version}.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text(f"Metadata-Version: 2.1\nName: toy\nVersion: {version}\n")


@pytest.fixture
def toy_course(tmp_path, monkeypatch):
    """A course in git that imports `toy`, pinned to 1.0, and has run; pip is replaced by `provide`."""
    library = tmp_path / "library"
    library.mkdir()
    provide(library, "1.0", 2.0)
    monkeypatch.setenv("PYTHONPATH", f"{library}{os.pathsep}{os.environ['PYTHONPATH']}")
    monkeypatch.syspath_prepend(str(library))
    made = course(tmp_path / "course", TOY)
    (made.root / "requirements.txt").write_text("# The pins.\nToy==1.0\n")
    assert not upgrade_module.run(made, made.slugs, say=lambda line: None)
    git(made, "init", "--quiet")
    commit(made)
    monkeypatch.setattr(upgrade_module, "pip", lambda *arguments: provide(library, "2.0", 2.5))
    return made


def git(made: Course, *arguments: str):
    """Git, in the course."""
    identity = ["-c", "user.name=A person", "-c", "user.email=person@example.org"]
    subprocess.run(["git", "-C", str(made.root), *identity, *arguments], check=True, capture_output=True, timeout=60)


def commit(made: Course):
    """Keep everything."""
    git(made, "add", "--all")
    git(made, "commit", "--quiet", "--message", "All")


def test_an_upgrade_changes_the_pin_and_shows_old_beside_new(toy_course):
    """The person who decides sees every output that changed, and how to go back."""
    said: list[str] = []
    assert upgrade(toy_course, "toy", "2.0", said.append) == []
    text = "\n".join(said)
    assert (toy_course.root / "requirements.txt").read_text() == "# The pins.\nToy==2.0\n"
    line = line_of(TOY, TOTAL)
    for framework in FRAMEWORKS:
        assert f"book/small.md:{line}: {framework}: was `total 6.2500 of 3`, is `total 6.7500 of 3`" in text
    assert "toy: 1.0 becomes 2.0" in text and "git checkout" in said[-1] and "4 lines of output changed" in said[-1]


def test_a_pin_of_the_group_is_changed_where_it_stands(toy_course):
    """The chapters on deployment have a list of their own."""
    group = toy_course.root / "requirements-deployment.txt"
    (toy_course.root / "requirements.txt").rename(group)
    (toy_course.root / "requirements.txt").write_text("other==1.0\n")
    commit(toy_course)
    assert upgrade(Course(toy_course.root), "toy", "2.0", lambda line: None) == []
    assert group.read_text() == "# The pins.\nToy==2.0\n"
    assert (toy_course.root / "requirements.txt").read_text() == "other==1.0\n"


def test_git_checkout_undoes_an_upgrade(toy_course):
    """After it the notebooks are fresh again: nothing but the installation is left to do."""
    upgrade(toy_course, "toy", "2.0", lambda line: None)
    git(toy_course, "checkout", "requirements.txt", "notebooks")
    again = Course(toy_course.root)
    kept = {name: load(again.notebook(name, "small")) for name in FRAMEWORKS}
    assert all(nb["metadata"]["triptych"]["pins"]["toy"] == "1.0" for nb in kept.values())
    assert again.pins == {"toy": "1.0"}


def test_an_upgrade_that_cannot_be_installed_leaves_everything_as_it_was(toy_course, monkeypatch):
    """Without network, or with a version that does not exist, not even the time of the pins changes."""
    path = toy_course.root / "requirements.txt"
    before = path.read_text(), path.stat().st_mtime_ns

    def refuse(*arguments):
        raise CourseError("pip could not install it")

    monkeypatch.setattr(upgrade_module, "pip", refuse)
    with pytest.raises(CourseError, match="pip could not install it"):
        upgrade(toy_course, "toy", "9.9", lambda line: None)
    assert (path.read_text(), path.stat().st_mtime_ns) == before


def test_an_interrupted_upgrade_says_how_to_go_back(toy_course, monkeypatch):
    """The next one refuses until a person has decided, for undoing would lose what is not committed."""

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(upgrade_module, "run", interrupted)
        upgrade(toy_course, "toy", "2.0", lambda line: None)
    with pytest.raises(CourseError, match=r"not committed.*`git checkout requirements\*.txt notebooks`"):
        upgrade(toy_course, "toy", "2.0", lambda line: None)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("", ""), "say what to upgrade: `make upgrade PACKAGE=torch VERSION=2.13.0`"),
        (("toy", ""), "say what to upgrade"),
        (("toi", "2.0"), "requirements.txt:1: has no pin `toi==…`: known are toy"),
    ],
)
def test_a_wrong_upgrade_is_refused_in_one_line(tmp_path, arguments, said):
    """An unset variable of `make` arrives as an empty word."""
    made = course(tmp_path / "course")
    (made.root / "requirements.txt").write_text("toy==1.0\n")
    done = upkeep(made.root, "upgrade", *arguments)
    assert done.returncode == 1 and said in done.stdout and len(done.stdout.splitlines()) == 1 and not done.stderr


def test_pip_complains_in_one_line():
    """What pip says about a missing network or version is long; its last error is what matters."""
    with pytest.raises(CourseError, match="pip could not install it.*ERROR.*no-such-place"):
        trial_module.pip(sys.executable, "--no-index", "/no-such-place.whl")


# Other versions.


def test_a_trial_lists_what_differs_and_fails_nothing(tmp_path):
    """Other versions may print other digits; they are listed with their line, and the stored notebook is left alone."""
    made = course(tmp_path / "course", CHAPTER + TOGETHER)
    pretend(made)
    path = made.notebook("pytorch", "small")
    edit(path, "total 6.2500 of 3", "total 6.2600 of 3")
    before, said = path.read_bytes(), []
    assert trial(made, "newest", [], said.append) == []
    line = line_of(CHAPTER, TOTAL)
    kept = json.loads((made.root / "data" / "versions" / "newest.json").read_text())
    assert kept["differences"] == [f"book/small.md:{line}: pytorch: was `total 6.2600 of 3`, is `total 6.2500 of 3`"]
    assert kept["ran"] == 4 and kept["problems"] == [] and kept["versions"]["torch"]
    assert "notebooks that ran: 4; problems: 0; cells that differ from the stored outputs: 1" in said[-1]
    assert path.read_bytes() == before


def test_a_trial_fails_where_a_notebook_fails_or_disagrees(tmp_path):
    """Running and agreeing is what other versions must do."""
    made = course(
        tmp_path / "course", CHAPTER.replace("total = sum(numbers)  # keras", "total = sum(numbers) + 1  # keras")
    )
    path = f"{made.root}/gone"
    edit(made.source("small"), "total = sum(numbers)  # tensorflow", f"total = sum(no_such)  # {path}")
    problems = "\n".join(map(str, trial(made, "newest", ["pytorch"], lambda line: None)))
    assert path in problems and path not in (made.root / "data/versions/newest.json").read_text()
    assert "tensorflow: NameError: name 'no_such' is not defined" in problems
    edit(made.source("small"), "no_such", "numbers")
    problems = "\n".join(map(str, trial(made, "newest", ["pytorch"], lambda line: None)))
    assert "shared cell that disagrees: keras `total 7.2500 of 3` | tensorflow `total 6.2500 of 3`" in problems


def test_what_a_version_warns_of_is_a_difference_and_what_it_logs_is_nothing(tmp_path):
    """The three agree on what they print; a warning is listed, a library's log and this machine's folders are not."""
    made = course(tmp_path / "course")
    pretend(made)
    total = 'print(f"total {total:.4f} of {len(numbers)}")'
    log = "I0000 00:00:1795360687.635357   21636 devices.cc:67] Number of eligible GPUs: 0"
    says = f'import sys\nif "keras" in dir():\n    print({log!r}, "{tempfile.gettempdir()}/tmpx/a beware", sep="\\n", file=sys.stderr)'
    edit(made.source("small"), total, f"{total}\n{says}")
    assert trial(made, "newest", [], lambda line: None) == []
    kept = json.loads((made.root / "data" / "versions" / "newest.json").read_text())
    line = line_of(CHAPTER, TOTAL)
    assert kept["differences"] == [f"book/small.md:{line}: keras: was ``, is `a temporary folder/a beware`"]


def test_a_trial_says_what_it_left_out(tmp_path):
    """A framework that cannot be had here is skipped by name, and what the file of versions asked for is named."""
    made = course(tmp_path / "course")
    (made.root / "constraints").mkdir()
    (made.root / "constraints" / "colab-2026-08.txt").write_text("# Python 3.13\ntorch==0.0.1\n")
    said: list[str] = []
    trial(made, "colab-2026-08", ["pytorch"], said.append)
    assert (
        "not run: pytorch" in said[-1]
        and "not installed: torch 0.0.1" in said[-1]
        and "notebooks that ran: 2" in said[-1]
    )


def test_numbers_that_vary_are_no_difference(tmp_path):
    """A timing is another number each time, whatever the versions."""
    text = CHAPTER.replace(":tags: [keras]\n\ntotal", ":tags: [keras, varies]\n\ntotal", 1)
    old, new = course(tmp_path / "old", text), course(tmp_path / "new", text)
    pretend(old), pretend(new)
    edit(new.notebook("keras", "small"), "keras says 6.25", "keras says 17.5")
    assert differences(old, new, read(old, "small"), "keras") == []
    edit(new.notebook("keras", "small"), "keras says", "keras shouts")
    assert len(differences(old, new, read(old, "small"), "keras")) == 1


def test_an_environment_is_made_only_with_the_right_python(tmp_path):
    """Colab's Python is a must; what is named and wrong is refused in one line."""
    here = "{}.{}".format(*sys.version_info)
    assert interpreter(here, sys.executable) == sys.executable
    for named in (None, sys.executable):
        with pytest.raises(CourseError, match="no Python 3.99 found: name one, as in `make test-colab WITH="):
            interpreter("3.99", named)
    made = course(tmp_path / "course")
    with pytest.raises(CourseError, match="no colab-<year>-<month>.txt whose head names its Python"):
        try_versions(made, "colab", [], None, lambda line: None)


def test_the_environment_gets_what_the_notebooks_import(tmp_path, monkeypatch):
    """Nothing but what running takes is installed; a skipped framework and its constraint are not."""
    text = CHAPTER.replace(
        "total = sum(numbers)  # keras", "if backend == 'torch':\n    import torch\ntotal = sum(numbers)  # keras"
    )
    made, asked = course(tmp_path / "course", text), []
    (made.root / "requirements.txt").write_text("keras==1\ntensorflow==1\ntorch==1\nnumpy==1\njupyter-book==1\n")
    (made.root / "constraints").mkdir()
    (made.root / "constraints" / "colab-2026-08.txt").write_text(
        "# Python {}.{}\ntorch==2.11.0\nkeras==3.13.2\n".format(*sys.version_info)
    )
    monkeypatch.setattr(trial_module, "pip", lambda *arguments: asked.append(arguments))
    monkeypatch.setattr(trial_module.subprocess, "run", fake_venv(trial_module.subprocess.run))
    assert try_versions(made, "colab", ["pytorch"], sys.executable, lambda line: None) == 0
    assert {"keras", "tensorflow", "numpy", "jupytext"} < set(asked[0]) and not {"torch", "jupyter-book"} & set(
        asked[0]
    )
    assert (made.root / ".venv-colab" / "constraints.txt").read_text().splitlines()[1:] == ["keras==3.13.2"]


def fake_venv(true_run):
    """`subprocess.run` that makes environments without copying a Python, and starts nothing in them."""

    def run(command, **options):
        if "venv" in command:
            Path(command[-1]).mkdir()
            return None
        return true_run(command, **options) if "-c" in command else subprocess.CompletedProcess(command, 0)

    return run


# Another device, another backend.


@pytest.fixture
def graphics(tmp_path, monkeypatch):
    """A driver's command that names a GPU; the memory in use is what the file it returns holds, and grows."""
    folder, used = tmp_path / "driver", tmp_path / "used"
    folder.mkdir()
    used.write_text("100")
    grows = f"d=$(cat {used}); echo $d; echo $((d + ${{GROWTH:-0}})) > {used}"
    (folder / "nvidia-smi").write_text(
        f'#!/bin/sh\ncase "$1" in *name) echo A100;; *version) echo 1.2;; *) {grows};; esac\n'
    )
    (folder / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def compared(tmp_path):
    """A course that nbval compares by the course's rule."""
    made = course(tmp_path / "course")
    pretend(made)
    shutil.copyfile(ROOT / "conftest.py", made.root / "conftest.py")
    return made


def test_without_a_gpu_one_line_says_so(compared, monkeypatch):
    """Nothing runs, nothing is kept."""
    done = upkeep(compared.root, "record", "--framework", "pytorch", "--gpu", PATH="/nowhere")
    assert (
        done.returncode == 1
        and done.stdout == "there is no GPU here: nvidia-smi is missing or names none; nothing was run\n"
    )
    assert not (compared.root / "data").exists()


def test_a_gpu_that_was_not_used_fails(compared, graphics):
    """A CPU build would pass every comparison."""
    problems = "\n".join(map(str, record(compared, "pytorch", "tensorflow", True, lambda line: None)))
    assert "pytorch did not use the GPU: install its CUDA build" in problems


def test_a_gpu_record_keeps_hardware_versions_date_seconds_and_memory(compared, graphics, monkeypatch):
    """It is what the course shows of a GPU, and it belongs to the notebook that it was made with."""
    monkeypatch.setenv("GROWTH", "50")
    assert gpu("name") == ["A100"]
    assert record(compared, "pytorch", "tensorflow", True, lambda line: None) == []
    kept = json.loads((compared.root / "data" / "gpu" / "pytorch.json").read_text())
    small = kept["notebooks"]["small"]
    assert (
        (kept["hardware"], kept["driver"], small["passed"]) == ("A100", "1.2", True)
        and kept["date"]
        and kept["versions"]["torch"]
    )
    assert (
        small["peak_mib"] >= 50
        and small["seconds"] > 0
        and small["digest"] == digest(load(compared.notebook("pytorch", "small")))
    )


def test_a_record_names_the_line_that_differs(compared):
    """Keras on another backend prints something else: the chapter's line is what an author needs."""
    edit(compared.notebook("keras", "small"), "total 6.2500 of 3", "total 9.2500 of 3")
    problems = "\n".join(map(str, record(compared, "keras", "torch", False, lambda line: None)))
    line = line_of(CHAPTER, TOTAL)
    kept = json.loads((compared.root / "data" / "backends" / "keras-torch.json").read_text())
    assert f"book/small.md:{line}" in problems and kept["notebooks"]["small"]["passed"] is False
    assert kept["backend"] == "torch" and "torch" in kept["versions"] and "tensorflow" not in kept["versions"]


# Publishing.


def test_what_is_published_holds_no_solution(tmp_path):
    """Looked for by text, and by code however it is laid out, in every file."""
    made = course(tmp_path / "course", CHAPTER + TOGETHER)
    pretend(made)
    publish(made, tmp_path / "out")
    withheld = [cell.source for cell in read(made, "small").cells if cell.role in ("solution", "hidden-check")]
    assert len(withheld) == 4 and all(source in made.source("small").read_text() for source in withheld)
    shapes = {ast.dump(node) for source in withheld for node in ast.parse(source).body}
    shared = {
        ast.dump(node)
        for cell in read(made, "small").cells
        if cell.role == "check"
        for node in ast.parse(cell.source).body
    }
    for path in (path for path in (tmp_path / "out").rglob("*") if path.is_file()):
        assert not any(source in path.read_text() for source in withheld), path
    for name in FRAMEWORKS:
        codes = [cell["source"] for cell in code_cells(load(tmp_path / "out" / "notebooks" / name / "small.ipynb"))]
        assert not (shapes - shared) & {ast.dump(node) for code in codes for node in ast.parse(code).body}


def test_published_notebooks_carry_the_badge_of_their_repository(tmp_path, monkeypatch):
    """In GitHub Actions the repository comes from the environment; the course's own notebooks stay as they are."""
    made = course(tmp_path / "in", CHAPTER)
    pretend(made)
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/somewhere")
    publish(made, tmp_path / "out")
    badge = "colab.research.google.com/github/somebody/somewhere/blob/published/notebooks/keras/small.ipynb"
    assert badge in (tmp_path / "out/notebooks/keras/small.ipynb").read_text()
    assert badge not in made.notebook("keras", "small").read_text()


def test_published_chapters_keep_their_cells_numbers(tmp_path):
    """Else each published notebook would look stale, and readers' problems would name cells that we do not have."""
    made = course(tmp_path / "course")
    chapter = read(made, "small")
    made.source("small").write_text(without_solutions(made, chapter))
    left = read(made, "small")
    identities = {chapter.cell_id(cell) for cell in chapter.cells if cell.role not in ("solution", "hidden-check")}
    assert identities <= {left.cell_id(cell) for cell in left.cells}
    assert not [cell for cell in left.cells if cell.role in ("solution", "hidden-check")]


def test_nothing_stale_is_published(tmp_path):
    """Nor is anything written over."""
    made = course(tmp_path / "course")
    pretend(made)
    edit(made.source("small"), "total = sum(numbers)  # keras", "total = 0 + sum(numbers)  # keras")
    done = upkeep(made.root, "publish", str(tmp_path / "out"))
    assert done.returncode == 1 and "book/small.md:1: the keras notebook is stale" in done.stdout
    assert f"{tmp_path / 'out'} holds something" in upkeep(made.root, "publish", str(tmp_path / "out")).stdout


def test_the_stubs_are_what_these_tests_use():
    """A kernel that imported a true framework would take seconds, and another version's outputs."""
    said = subprocess.run(
        [sys.executable, "-c", "import torch; print(torch.__file__)"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
    )
    assert Path(said.stdout.strip()).parent == STUBS
