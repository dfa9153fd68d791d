"""The course's exercises: solutions pass, starters say what is missing, common wrong answers are refused."""

import functools
import json
import os
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
WHERE = pytest.mark.parametrize(
    "framework, backend", PLACES, ids=["keras", "tensorflow", "pytorch", "keras-torch", "keras-jax"]
)
BROKEN = (
    "NameError",
    "SyntaxError",
    "AttributeError",
    "ImportError",
)  # a wrong answer that does not even run shows nothing


@functools.cache
def said(root, slug, framework, backend, path=str(ROOT)):
    """What the checks of a chapter say in one framework; see tests/exercise_runner.py."""
    variables = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": path, "MPLBACKEND": "agg"}
    command = [sys.executable, str(ROOT / "tests" / "exercise_runner.py"), str(root), slug, framework]
    with tempfile.TemporaryDirectory() as folder:  # exercises write files
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"book/{slug}.md: {framework} on {backend}: {done.stderr[-2000:]}"
    return json.loads(done.stdout)


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
@WHERE
def test_checks_tell_right_from_wrong(slug, framework, backend):
    """In every framework, and in Keras on all of its backends."""
    assert judge(said(ROOT, slug, framework, backend)) == []


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
def test_the_judgement_itself(tmp_path, old, new, expected):
    """Each way in which an exercise can be worthless is seen."""
    course(tmp_path, CHAPTER.replace(old, new))
    (tmp_path / "tests" / "wrong_answers").mkdir(parents=True)
    (tmp_path / "tests" / "wrong_answers" / "small.py").write_text(WRONG)
    found = said(tmp_path, "small", "keras", "tensorflow", f"{STUBS}{os.pathsep}{ROOT}")
    assert sorted(judge(found)) == sorted(expected)


def test_two_wrong_answers_are_needed_and_must_run(tmp_path):
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
    wrong = judge(said(tmp_path, "small", "keras", "tensorflow", f"{STUBS}{os.pathsep}{ROOT}"))
    assert "double: has 1 wrong answers, needs two" in wrong
    assert "wrong answer 1 is broken: double: not yet: NameError(\"name 'y' is not defined\")" in wrong
