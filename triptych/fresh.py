"""Whether a stored notebook is what its chapter and the pinned versions would give."""

from .chapter import Chapter
from .course import FRAMEWORKS, Course
from .notebook import code_cells, digest, imports
from .weave import weave


def staleness(course: Course, chapter: Chapter, name: str, stored: dict[str, dict | None]) -> str | None:
    """Why the stored notebook must run again, or None. A changed text is no reason."""
    notebook = stored.get(name)
    if notebook is None:
        return "has not run yet"
    record = notebook["metadata"].get("triptych") or {}
    woven = weave(course, chapter, name)
    old, new = ([(c["id"], c["source"]) for c in code_cells(n)] for n in (notebook, woven))
    if record.get("digest") != digest(notebook):
        return "was edited by hand"
    if old != new:
        return "is stale: " + changed_code(chapter, dict(old), dict(new))
    pins = course.versions(imports(woven, name))
    for package in sorted({*pins, *record.get("pins", {})}):
        before, now = record.get("pins", {}).get(package), pins.get(package)
        if before != now:
            return f"is stale: it ran with {package} {before or 'absent'}, the pin is {now or 'absent'}"
    if name == "together" and record.get("panels") != panel_digests(stored):
        return "is stale: one of the three ran again"
    return None


def panel_digests(stored: dict[str, dict | None]) -> dict[str, str]:
    """The three notebooks' fingerprints: what a `together` notebook depends on."""
    return {name: digest(stored[name]) for name in FRAMEWORKS if stored.get(name)}


def changed_code(chapter: Chapter, old: dict[str, str], new: dict[str, str]) -> str:
    """Where the first difference between two sets of code cells lies, in the chapter's lines."""
    lines = {chapter.cell_id(cell): cell.line for cell in chapter.cells}
    for identity, source in new.items():
        if old.get(identity) != source:
            return f"the cell at line {lines[identity]} changed" if identity in lines else "the engine's first cell changed"
    return "a cell was removed"
