"""Wrong answers made of right ones: each is the solution with one mistake put in, so that only that can be refused."""

from pathlib import Path

from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course


def instead(code: str, *changes: tuple[str, str]) -> str:
    """The code with pieces replaced; raises ValueError if a piece is not in it."""
    for old, new in changes:
        if old not in code:
            raise ValueError(f"the code has no {old!r}: mend this wrong answer")
        code = code.replace(old, new)
    return code


def solutions(slug: str) -> dict[tuple[str, str], str]:
    """A chapter's solutions, by exercise and framework."""
    found, identity = {}, None
    for cell in read(Course(Path(__file__).parents[1]), slug).cells:
        if cell.role == "exercise":
            identity = cell.options["id"]
        if cell.role == "solution":
            found[identity, cell.framework] = cell.source
    return found


def mistakes_of(slug: str):
    """A function of an exercise and, for each framework, the changes to its solution; it gives the wrong answers."""
    right = solutions(slug)
    return lambda identity, **changes: {name: instead(right[identity, name], *changes[name]) for name in FRAMEWORKS}
