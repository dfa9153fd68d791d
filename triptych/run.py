"""Run what is stale, several notebooks at a time, store it, and say what changed."""

import signal
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from . import fill, fresh, notebook
from .chapter import Chapter, read
from .course import FRAMEWORKS, Course, Problem
from .execute import CELL_SECONDS, Kernels, cores, execute
from .same import beside, masked
from .weave import with_outputs


def run(course: Course, slugs: list[str], force=False, jobs=None, frameworks=None, seconds=CELL_SECONDS, say=print) -> list[Problem]:
    """Weave all chapters named, execute what is stale, store it, and say which outputs changed.

    A notebook is stored whole when it is done, so an interrupted run loses only what was not done.
    """
    chapters = [chapter for slug in slugs if not (chapter := read(course, slug)).plain]
    problems = [problem for chapter in chapters for problem in chapter.problems]
    chapters = [chapter for chapter in chapters if not chapter.problems]
    for part in (course.root / "notebooks").glob("*/*.part"):
        part.unlink()
    kernels = Kernels()
    wanted = frameworks or (*FRAMEWORKS, "together")
    work = stale(course, chapters, wanted, force)
    # `together` notebooks read what the three left, so they wait in a second round.
    for names in (FRAMEWORKS, ("together",)):
        if names == ("together",):
            work = stale(course, [c for c in chapters if c.together], [n for n in wanted if n == "together"], force)
        problems += execute_all(course, [w for w in work if w[1] in names], kernels, jobs or cores(), seconds, say)
    for chapter in chapters:
        problems += settle(course, chapter)
    return sorted(set(problems))


def stale(course: Course, chapters: list[Chapter], wanted, force: bool) -> list[tuple[Chapter, str]]:
    """The notebooks that must run: chapter and name."""
    found = []
    for chapter in chapters:
        stored = notebook.stored(course, chapter)
        names = [name for name in chapter.notebooks if name in wanted]
        if names == ["together"] and any(not stored.get(f) or fresh.staleness(course, chapter, f, stored) for f in FRAMEWORKS):
            continue  # one of the three failed, which has been said
        found += [(chapter, name) for name in names if force or fresh.staleness(course, chapter, name, stored)]
    return found


def execute_all(course: Course, work, kernels: Kernels, jobs: int, seconds: float, say) -> list[Problem]:
    """Execute these notebooks, `jobs` at a time, and store each when it is done."""
    problems: list[Problem] = []
    if not work:
        return problems
    pool = ThreadPoolExecutor(jobs)
    try:
        waiting = {pool.submit(execute, course, chapter, name, kernels, seconds): (chapter, name) for chapter, name in work}
        done = 0
        while waiting:
            finished, _ = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
            for future in finished:
                chapter, name = waiting.pop(future)
                executed, wrong = future.result()
                done += 1
                problems += wrong
                say(f"[{done}/{len(work)}] {name}/{chapter.slug}: " + progress(course, chapter, name, executed))
    except BaseException:
        kernels.end_all()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
    return problems


def progress(course: Course, chapter: Chapter, name: str, executed: dict | None) -> str:
    """Store an executed notebook; the words that follow its name in the progress line."""
    if executed is None:
        return "failed"
    path = course.notebook(name, chapter.slug)
    before = notebook.load(path)
    if name == "together":
        executed["metadata"]["triptych"]["panels"] = fresh.panel_digests(notebook.stored(course, chapter))
    notebook.store(path, executed)
    seconds = executed["metadata"]["triptych"]["ran"]["seconds"]
    return "\n".join([f"{seconds} s", *changes(chapter, name, before, executed)])


def changes(chapter: Chapter, name: str, before: dict | None, after: dict) -> list[str]:
    """Outputs that changed between two runs, old beside new, a line each; where numbers vary, only words count.

    A cell is known by its code, an edited one by its place.
    """
    old_cells = notebook.code_cells(before) if before else []
    by_code = {cell["source"]: cell for cell in old_cells}
    by_place = {cell["id"]: cell for cell in old_cells}
    kept = {cell["source"] for cell in notebook.code_cells(after)}
    lines = {chapter.cell_id(cell): cell.line for cell in chapter.cells}
    found = []
    for cell in notebook.code_cells(after):
        placed = by_place.get(cell["id"])
        old = by_code.get(cell["source"]) or (placed if placed and placed["source"] not in kept else None)
        if old and cell["id"] in lines:
            rows = beside(notebook.text_of(old["outputs"]), notebook.text_of(cell["outputs"]))
            place = f"  {chapter.path}:{lines[cell['id']]}: {name}"
            seen = masked if "varies" in cell["metadata"].get("tags", []) else str
            found += [f"{place}: was `{left}`, is `{right}`" for left, right in rows if seen(left) != seen(right)]
    return found


def settle(course: Course, chapter: Chapter) -> list[Problem]:
    """Bring the prose of the stored notebooks up to date, numbers filled in; nothing is executed."""
    stored, problems = notebook.stored(course, chapter), []
    if any(stored.get(name) is None for name in FRAMEWORKS):
        return [chapter.problem(1, f"no {name} notebook: numbers in prose wait for it") for name in FRAMEWORKS if stored.get(name) is None]
    for name, kept in stored.items():
        if kept is not None and not fresh.staleness(course, chapter, name, stored):
            woven, wrong = fill.filled(course, chapter, name, stored)
            problems += wrong
            notebook.store(course.notebook(name, chapter.slug), with_outputs(woven, kept))
    return sorted(set(problems))


def interruptible():
    """Make SIGTERM end a run as Ctrl-C does, kernels included."""

    def stop(number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
