"""The course's exercises: solutions pass, starters say what is missing, common wrong answers are refused."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile

import pytest
from small import CHAPTER, ROOT, STUBS, course, edit

from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course

COURSE = Course(ROOT)
CHAPTERS = [slug for slug in COURSE.slugs if any(cell.role == "exercise" for cell in read(COURSE, slug).cells)]
PLACES = [(framework, "tensorflow") for framework in FRAMEWORKS] + [("keras", "torch"), ("keras", "jax")]
BROKEN = (
    "NameError",
    "SyntaxError",
    "AttributeError",
    "ImportError",
)  # a wrong answer that does not even run shows nothing


class Runner:
    """A process that runs exercises in one framework; see tests/exercise_runner.py."""

    def __init__(self, framework, backend="tensorflow", path=str(ROOT)):
        variables = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": path, "MPLBACKEND": "agg"}
        command = [sys.executable, str(ROOT / "tests" / "exercise_runner.py"), framework]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.place, self.errors = f"{framework} on {backend}", tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, env=variables, stderr=self.errors, start_new_session=True, **pipes)

    def said(self, root, slug):
        """What the checks of a chapter say."""
        with tempfile.TemporaryDirectory() as folder:  # exercises write files
            print(json.dumps([str(root), slug, folder]), file=self.process.stdin, flush=True)
            found = json.loads(self.process.stdout.readline() or '{"error": "no answer"}')
        self.errors.seek(0)
        assert "error" not in found, f"book/{slug}.md: {self.place}: {self.errors.read()[-1500:]}{found['error']}"
        return found

    def close(self):
        """End it, and what it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        self.errors.close()


@pytest.fixture(scope="module", params=PLACES, ids=["keras", "tensorflow", "pytorch", "keras-torch", "keras-jax"])
def runner(request):
    """A runner in each framework, and in Keras on all of its backends."""
    with contextlib.closing(Runner(*request.param)) as made:
        yield made


@pytest.fixture(scope="module")
def stubs():
    """A runner of small courses, whose frameworks are stubs."""
    with contextlib.closing(Runner("keras", path=f"{STUBS}{os.pathsep}{ROOT}")) as made:
        yield made


def judge(found, number_of_checks=2):
    """What is wrong with the exercises, in words; see `said`."""
    wrong = [f"the solution is refused: {line}" for line in found["solved"] if not line.endswith(": passed")]
    wrong += ["a check is silent"] if len(found["solved"]) != number_of_checks * len(found["tries"]) else []
    for identity, (starter, *answers) in found["tries"].items():
        for line in starter:
            wrong += [] if line.startswith(f"{identity}: not yet: ") else [f"the starter passes: {line}"]
        wrong += [f"{identity}: has {len(answers)} wrong answers, needs two"] if len(answers) < 2 else []
        for number, lines in enumerate(answers, 1):
            if not any(line.startswith(f"{identity}: not yet: ") for line in lines):
                wrong.append(f"wrong answer {number} passes: {lines}")
            wrong += [
                f"wrong answer {number} is broken: {line}" for line in lines if any(name in line for name in BROKEN)
            ]
    return wrong


@pytest.mark.parametrize("slug", CHAPTERS)
def test_checks_tell_right_from_wrong(runner, slug):
    """In every place."""
    assert judge(runner.said(ROOT, slug)) == []


EXERCISES = {
    "clean": ("", "", []),
    "solution that is wrong": (
        "return x + x",
        "return x * x",
        ["the solution is refused: double: not yet: wrong elsewhere"],
    ),
    "starter that is right": (
        "return x  # your turn",
        "return x * 2  # your turn",
        ["the starter passes: double: passed"] * 2,
    ),
    "silent check": (
        'print("double:", "passed" if good else "not yet: 2 gives another")',
        "good",
        ["a check is silent"],
    ),
    "lenient checks": (
        "good = twice(-3) == -6",
        "good = True",
        ["wrong answer 2 passes: ['double: passed', 'double: passed']", "the starter passes: double: passed"],
    ),
}
WRONG = """\
SQUARE = "def twice(x):\\n    return x + 1"
ABSOLUTE = "def twice(x):\\n    return abs(x + x)"
WRONG = {"double": [dict.fromkeys(["keras", "tensorflow", "pytorch"], code) for code in (SQUARE, ABSOLUTE)]}
"""


@pytest.mark.parametrize("old, new, expected", EXERCISES.values(), ids=EXERCISES)
def test_the_judgement_itself(tmp_path, stubs, old, new, expected):
    """Each way in which an exercise can be worthless is seen."""
    course(tmp_path, CHAPTER.replace(old, new))
    (tmp_path / "tests" / "wrong_answers").mkdir(parents=True)
    (tmp_path / "tests" / "wrong_answers" / "small.py").write_text(WRONG)
    found = stubs.said(tmp_path, "small")
    assert sorted(judge(found)) == sorted(expected)


def test_two_wrong_answers_are_needed_and_must_run(tmp_path, stubs):
    """An answer with a typing error is refused by any check."""
    course(tmp_path)
    (tmp_path / "tests" / "wrong_answers").mkdir(parents=True)
    (tmp_path / "tests" / "wrong_answers" / "small.py").write_text(
        WRONG.replace("return x + 1", "return y").replace("(SQUARE, ABSOLUTE)", "(SQUARE,)")
    )
    edit(
        tmp_path / "book" / "small.md",
        "good = twice(2) == 4",
        "try:\n    good = twice(2) == 4\nexcept Exception as error:\n    good = print('double: not yet:', repr(error))",
    )
    edit(tmp_path / "book" / "small.md", "good = twice(-3) == -6", "good = False")
    wrong = judge(stubs.said(tmp_path, "small"))
    assert "double: has 1 wrong answers, needs two" in wrong
    assert "wrong answer 1 is broken: double: not yet: NameError(\"name 'y' is not defined\")" in wrong


def test_a_chapter_whose_process_dies_fails_alone(tmp_path, stubs):
    """The next one is answered."""
    course(tmp_path, CHAPTER.replace("return x + x", "import os; os._exit(3)"))
    with pytest.raises(AssertionError, match="book/small.md: keras on tensorflow: its process ended with 3"):
        stubs.said(tmp_path, "small")
    assert stubs.said(course(tmp_path / "whole").root, "small")["solved"]
