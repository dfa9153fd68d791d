"""What readers' links point to: the course without solutions and hidden checks, as a folder."""

import shutil
from pathlib import Path

from ..chapter import Cell, Chapter, read
from ..course import GROUP, PINS, Course, CourseError
from ..fresh import staleness
from ..notebook import stored
from ..run import settle

PUBLISHED = ("README.md", "LICENSE", "_config.yml", "_toc.yml", PINS, GROUP, "environment.yml")
PUBLISHED += ("conftest.py", "pytest.ini", "book", "notebooks", "data", "triptych")
WITHHELD = ("solution", "hidden-check")
# A cell that nobody sees stands in for each one taken out, so that the others keep their numbers.
STAND_IN = ["+++", "", "<!-- not published -->", "", "+++"]


def publish(course: Course, folder: Path):
    """Copy the course to `folder`, which must not exist or be empty, without what is withheld.

    Raises CourseError if the folder holds something, or if a notebook is not what its published chapter would give.
    """
    if folder.exists() and any(folder.iterdir()):
        raise CourseError(f"{folder} holds something: name a folder that does not exist")
    folder.mkdir(parents=True, exist_ok=True)
    hidden = shutil.ignore_patterns("__pycache__", "*.part")
    for name in PUBLISHED:
        source = course.root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=hidden)
        elif source.exists():
            shutil.copyfile(source, folder / name)
    if course.published_repository and not course.repository:  # the published notebooks carry their Colab badge
        with (folder / "_config.yml").open("a", encoding="utf-8") as config:
            config.write(f"\nrepository:\n  url: https://github.com/{course.published_repository}\n")
    copy = Course(folder)
    for slug in course.slugs:
        chapter = read(course, slug)
        copy.source(slug).write_text(without_solutions(course, chapter), encoding="utf-8")
        left = read(copy, slug)
        kept = stored(copy, left)
        for problem in (
            f"the {name} notebook {why}" for name in left.notebooks if (why := staleness(copy, left, name, kept))
        ):
            raise CourseError(
                f"{chapter.path}:1: {problem}: nothing is published before `python -m triptych run {slug}`"
            )
        for problem in settle(copy, left) if left.notebooks else ():
            raise CourseError(str(problem))


def without_solutions(course: Course, chapter: Chapter) -> str:
    """The chapter's text with a stand-in for each cell that is withheld."""
    lines = course.source(chapter.slug).read_text(encoding="utf-8").splitlines()
    for cell in reversed([cell for cell in chapter.cells if cell.role in WITHHELD]):
        lines[cell.line - 1 : end(cell, lines)] = STAND_IN
    return "\n".join(lines) + "\n"


def end(cell: Cell, lines: list[str]) -> int:
    """Number of the cell's last line: a code cell's closing fence, a prose cell's last line of text."""
    last = cell.code_line - 1 + len(cell.source.splitlines())
    if cell.kind != "code":
        return last
    return next(
        number for number, line in enumerate(lines[last:], last + 1) if line.lstrip().startswith(("```", "~~~"))
    )
