"""An upgrade is a walk, not a jump: one pin changes, what imports it runs, and a person decides."""

import difflib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ..agree import agree
from ..course import GROUP, PINS, Course, CourseError, Problem, normal
from ..run import run
from .trial import pip

UNDO = "`git checkout requirements*.txt notebooks`, then `make book`"


def upgrade(course: Course, package: str, version: str, say=print) -> list[Problem]:
    """Change one pin, install it, run what imports it, and print each output that changed; a person decides.

    Raises CourseError, with everything as it was, if the package is not pinned or cannot be installed.
    """
    pins, package = course.pins or {}, normal(package)
    path = course.root / (GROUP if package in course.group else PINS)
    if not package or not version:
        raise CourseError("say what to upgrade: `make upgrade PACKAGE=torch VERSION=2.13.0`")
    if package not in pins:
        near = difflib.get_close_matches(package, pins, 1) or sorted(pins)
        raise CourseError(f"requirements.txt:1: has no pin `{package}==…`: known are {', '.join(near)}")
    if uncommitted(course):
        raise CourseError(
            "requirements*.txt or notebooks/ hold changes that are not committed, as an interrupted upgrade leaves them: "
            f"keep them with `git commit`, or undo them with {UNDO}"
        )
    text, times = path.read_text(encoding="utf-8"), path.stat()
    changed = re.sub(
        rf"(?mi)^({re.escape(package).replace('-', '[-_.]')}(?:\[[^\]]*\])?)==[^\s;#]+", rf"\1=={version}", text
    )
    say(f"{package}: {pins[package]} becomes {version}")
    path.write_text(changed, encoding="utf-8")
    try:
        pip(sys.executable, "-r", str(path))
    except CourseError:
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # `make` shall not think that the pins changed
        raise
    for stamp in (Path(sys.prefix, "ready"), Path(sys.prefix, "deployment")):
        if stamp.exists():
            stamp.touch()
    course, lines = Course(course.root), []
    problems = run(course, course.slugs, say=lambda line: (lines.append(line), say(line))) + agree(course, course.slugs)
    count = sum(line.count(": was `") for line in lines)
    say(
        f"{count} lines of output changed. To keep {package} {version}: commit {path.name} and notebooks/. To undo it: {UNDO}."
    )
    return problems


def uncommitted(course: Course) -> bool:
    """Whether git knows of changes that undoing an upgrade would lose. Without git there is nothing to ask."""
    command = ["git", "-C", str(course.root), "status", "--porcelain", "--", PINS, GROUP, "notebooks"]
    return bool(
        shutil.which("git") and subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()
    )
