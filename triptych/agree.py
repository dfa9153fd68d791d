"""Compare what the shared cells printed in the three frameworks' notebooks."""

from .chapter import Chapter, read
from .course import FRAMEWORKS, Course, Problem
from .notebook import printed, stored
from .same import beside, same


def agree(course: Course, slugs: list[str]) -> list[Problem]:
    """A problem for each shared cell whose stored outputs are not the same in all three."""
    chapters = [read(course, slug) for slug in slugs]
    return [problem for chapter in chapters for problem in disagreements(chapter, stored(course, chapter))]


def disagreements(chapter: Chapter, kept: dict[str, dict | None]) -> list[Problem]:
    """This chapter's shared cells that disagree in what is `kept`, with the first lines that differ side by side."""
    texts = {name: printed(kept[name]) for name in FRAMEWORKS if kept.get(name)}
    found = []
    for cell in chapter.cells:
        identity = chapter.cell_id(cell)
        if cell.kind != "code" or cell.place != "shared" or not cell.belongs("keras"):
            continue
        said = {name: outputs.get(identity, "") for name, outputs in texts.items()}
        if any(not same(a, b) for a in said.values() for b in said.values()):
            lines = next((row for row in beside(*said.values()) if len({*row}) > 1 and not all_same(row)), tuple(said.values()))
            shown = " | ".join(f"{name} `{' '.join(line.split())}`" for name, line in zip(said, lines))
            found.append(chapter.problem(cell.line, f"shared cell that disagrees: {shown}: mend the panels above, or tag it `each`"))
    return found


def all_same(row: tuple[str, ...]) -> bool:
    """Whether all texts of a row say the same."""
    return all(same(a, b) for a in row for b in row)
