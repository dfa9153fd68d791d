"""This course's own promises: nothing is stale, the three agree, and Keras gives the same on its other backends."""

import os
import re
import subprocess
import sys

import pytest
from small import ROOT

from triptych.agree import agree
from triptych.chapter import read
from triptych.check import check
from triptych.course import Course

COURSE = Course(ROOT)
CHAPTERS = [slug for slug in COURSE.slugs if not read(COURSE, slug).plain]


def nbval(notebook, **variables):
    """`pytest --nbval NOTEBOOK` in the course's root, as typed, apart from the run that this test belongs to."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", notebook]
    return subprocess.run(command, cwd=ROOT, env=clean | variables, capture_output=True, text=True, timeout=900)


def test_nothing_is_stale_or_mistaken():
    """What readers get is what these chapters and these pins give."""
    assert list(map(str, check(COURSE))) == []


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_three_agree(slug):
    """Every shared cell printed the same in all three."""
    assert list(map(str, agree(COURSE, [slug]))) == []


@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize("slug", CHAPTERS)
def test_keras_gives_the_same_on_its_other_backends(slug, backend):
    """All but what is tagged `backend` or `varies`, and the versions."""
    done = nbval(f"notebooks/keras/{slug}.ipynb", KERAS_BACKEND=backend)
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"^\d+ passed", done.stdout.splitlines()[-1])
