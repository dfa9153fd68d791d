"""Numbers in prose come from the run: `{{ words }}` stands for the number that follows these words."""

import re

from .chapter import Cell, Chapter
from .course import FRAMEWORKS, Course, Problem
from .notebook import printed
from .same import normal, same
from .weave import absolute_links, weave, without_title

NUMBER = r"([-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)"
FILLER = re.compile(r"\{\{\s*(.+?)\s*\}\}")


def fill(chapter: Chapter, cell: Cell, stored: dict[str, dict | None]) -> tuple[str, list[Problem]]:
    """A prose cell's source with each `{{ words }}` replaced by the number that follows these words in the
    stored output of a cell above, and what went wrong. Shared prose needs it equal in all frameworks.

    stored: notebook name to the executed notebook, or None.
    """
    problems = []
    above = {chapter.cell_id(c) for c in chapter.cells[: cell.number] if c.kind == "code"}
    names = [cell.framework] if cell.framework else [*FRAMEWORKS, "together"]
    texts = {name: [t for i, t in printed(stored.get(name)).items() if i in above] for name in names}

    def number(match):
        line = cell.code_line + cell.source[: match.start()].count("\n")
        wanted, found = match.group(1), {}
        for name, outputs in texts.items():
            pattern = re.compile(r"(?<!\w)" + re.escape(normal(wanted)) + r"[\s:=,]*" + NUMBER)
            found[name] = list(dict.fromkeys(n for text in outputs for n in pattern.findall(normal(text))))
        hits = {name: numbers for name, numbers in found.items() if numbers}
        several = next((f"{name} prints {' and '.join(n)}" for name, n in hits.items() if len(n) > 1), None)
        first = next(iter(hits.values()), [None])[0]
        absent = [name for name in FRAMEWORKS if name in texts and not hits.get(name)] if set(hits) != {"together"} else []
        if not hits:
            complaint = "no cell above prints these words and then a number: quote the words before the number"
        elif several:
            complaint = f"{several} after these words: quote more words"
        elif absent or any(not same(first, n[0]) for n in hits.values()):
            complaint = "the frameworks differ (" + ", ".join(f"{n}: {(hits.get(n) or ['nothing'])[0]}" for n in texts if n in FRAMEWORKS) + "): say it in a panel"
        else:
            return first
        problems.append(chapter.problem(line, f"`{match.group()}`: {complaint}"))
        return match.group()

    return FILLER.sub(number, cell.source), problems


def filled(course: Course, chapter: Chapter, name: str, stored: dict[str, dict | None]) -> tuple[dict, list[Problem]]:
    """The notebook `name` with numbers filled in, still without outputs, and what went wrong."""
    notebook, problems = weave(course, chapter, name), []
    by_id = {cell["id"]: cell for cell in notebook["cells"]}
    for cell in chapter.cells:
        if cell.kind == "prose" and "{{" in cell.source and chapter.cell_id(cell) in by_id:
            text, wrong = fill(chapter, cell, stored)
            problems += wrong
            by_id[chapter.cell_id(cell)]["source"] = without_title(absolute_links(course, chapter, text))
    return notebook, problems
