"""An author's mistakes, found without running anything: each one line with its place and a remedy."""

import difflib
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial

from .agree import disagreements
from .chapter import FENCE, ROLES, TAGS, Cell, Chapter, anchors, headings, outside_fences, read, rows
from .course import FRAMEWORKS, NOTEBOOKS, Course, Problem
from .fill import filled
from .fresh import staleness
from .names import dead_functions, unset_names
from .notebook import code_cells, parse, stored
from .weave import with_outputs

Found = Iterator[tuple[int, str]]
OPTIONS = {"code": {"caption", "alt"}, "prose": {"id", "points", "objective"}}
FEW = 8  # chapters that one process checks sooner than several would have started
LONGEST_LINE = 72
PANEL_WORDS, PANEL_PARAGRAPHS = 80, 2
UNITS = r"(?:%|‰|(?:ns|µs|μs|us|ms|s|kB|KB|MB|GB|TB|KiB|MiB|GiB|Hz|kHz|MHz|GHz|px|per ?cent|seconds?|milliseconds?|bytes?|[kMG]?FLOP/?s?)\b)"
TYPED_NUMBER = re.compile(rf"(?<![\w.])[-+]?(?:\d[\d,]*\.\d+|\d[\d,]*(?:\.\d+)?\s?{UNITS})(?![\w.]*\.\d)")
NOT_PROSE = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|`+[^`]*`+|\{\{.*?\}\}|https?://\S+|\]\([^)]*\)|<[^>]+>", re.DOTALL)


def check(course: Course, slugs: list[str] | None = None) -> list[Problem]:
    """Every problem of the course, or of these chapters. Notebooks are judged where the chapter's form is right."""
    with ProcessPoolExecutor() if len(course.slugs) > FEW else nullcontext() as pool:
        each = partial(pool.map, chunksize=2) if pool else map
        chapters = dict(zip(course.slugs, each(partial(read, course), course.slugs)))
        names = {slug: anchors(chapter) for slug, chapter in chapters.items()}
        wanted = [chapter for slug, chapter in chapters.items() if not slugs or slug in slugs]
        found = list(each(partial(judge, course, names), wanted))
    problems = [] if slugs else list(house(course, chapters))
    return sorted(set(problems).union(*found))


def judge(course: Course, names: dict[str, set[str]], chapter: Chapter) -> list[Problem]:
    """What is wrong with a chapter, or else with its notebooks. `names` has the heading anchors of every chapter."""
    return list(chapter.problems) + form(chapter, names) or notebooks(course, chapter)


def house(course: Course, chapters: dict[str, Chapter]) -> Iterator[Problem]:
    """Chapters and `_toc.yml`, notebooks and chapters: each has the other."""
    for slug in course.toc:
        if slug not in chapters:
            yield Problem(f"book/{slug}.md", 1, "listed in _toc.yml, but there is no such chapter: write it, or take it out")
    for slug, chapter in chapters.items():
        if slug not in course.toc:
            yield Problem(chapter.path, 1, "not in _toc.yml, so nobody finds it: add it there")
    for name in NOTEBOOKS:
        for path in sorted((course.root / "notebooks" / name).glob("*.ipynb")):
            if path.stem not in chapters or name not in chapters[path.stem].notebooks and not chapters[path.stem].problems:
                yield Problem(f"book/{path.stem}.md", 1, f"notebooks/{name}/{path.name} belongs to no chapter: delete it")


def form(chapter: Chapter, names: dict[str, set[str]]) -> list[Problem]:
    """What is wrong with the chapter's text."""
    found: list[tuple[int, str]] = []
    labels: list[tuple[int, str]] = []
    for cell in chapter.cells:
        if cell.kind == "prose":
            found += prose(cell, chapter, names)
        if not chapter.plain:
            labels += [*tags(cell), *options(cell)]
            found += code(cell) if cell.kind == "code" else ()
    if not chapter.plain:
        found += dead_functions(chapter)
    if not chapter.plain and not labels:  # a mistyped tag puts a cell elsewhere: these would only repeat it
        found += [*panels(chapter), *exercises(chapter), *unset_names(chapter)]
    found += labels
    return [chapter.problem(line, message) for line, message in found]


def tags(cell: Cell) -> Found:
    """Unknown tags, and tags that do not go together."""
    for tag in cell.tags:
        if tag not in TAGS:
            near = difflib.get_close_matches(tag, TAGS, 1)
            yield cell.line, f"unknown tag `{tag}`: " + (f"did you mean `{near[0]}`?" if near else f"known are {', '.join(TAGS)}")
    frameworks = [tag for tag in cell.tags if tag in FRAMEWORKS]
    if len(frameworks) > 1:
        yield cell.line, f"two frameworks in one tag list, {' and '.join(frameworks)}: make a cell for each"
    places = [tag for tag in cell.tags if tag in ("each", "together")] + frameworks[:1]
    if len(places) > 1:
        yield cell.line, f"tags `{places[0]}` and `{places[1]}` exclude each other: keep one"
    if "backend" in cell.tags and cell.framework != "keras":
        yield cell.line, "tag `backend` belongs beside `keras`: add it, or take `backend` out"
    if "varies" in cell.tags and not places:
        yield cell.line, "tag `varies` on a shared cell, which must print the same in all three: add `each`"
    if cell.role in ("starter", "solution") and not cell.framework:
        yield cell.line, f"tag `{cell.role}` without a framework: make a cell for each of {', '.join(FRAMEWORKS)}"
    if cell.role in ("exercise", "check", "hidden-check") and places:
        yield cell.line, f"tag `{cell.role}` beside `{places[0]}`: one cell serves all three, take `{places[0]}` out"
    if cell.role and (cell.kind == "prose") != (cell.role == "exercise"):
        yield cell.line, f"tag `{cell.role}` on a {cell.kind} cell: `exercise` is for prose, the other roles are for code"


def options(cell: Cell) -> Found:
    """Cell options other than the few that have a meaning."""
    known = OPTIONS.get(cell.kind, set())
    for option in cell.options:
        if option not in known:
            near = difflib.get_close_matches(option, [*known, "tags"], 1)
            yield cell.line, f"unknown cell option `{option}`: " + (f"did you mean `{near[0]}`?" if near else f"known are tags, {', '.join(sorted(known))}")
    if cell.kind == "prose" and cell.role != "exercise" and cell.options:
        yield cell.line, f"options {', '.join(cell.options)} on prose that is no exercise: tag it `exercise`, or take them out"
    if cell.kind not in OPTIONS:
        yield cell.line, f"a {cell.kind} cell: only prose and code cells are woven"


def code(cell: Cell) -> Found:
    """Lines too long, nbval's comments, code that is no Python, figures without words."""
    for number, line in enumerate(cell.source.splitlines(), cell.code_line):
        if len(line) > LONGEST_LINE:
            yield number, f"code line of {len(line)} characters: break it, {LONGEST_LINE} is the limit of a panel"
        if re.match(r"\s*#+\s*(NBVAL_|PYTEST_VALIDATE_)", line):
            yield number, f"nbval comment `{line.strip()}`: use the tags, every cell is compared"
    error = getattr(parse(cell.source), "error", None)
    if error and not cell.source.startswith("%%"):
        yield cell.code_line + (error.lineno or 1) - 1, f"no Python: {error.msg}"
    if re.search(r"\bplt\.show\(", cell.source):
        yield from figure_words(cell)


def figure_words(cell: Cell) -> Found:
    """A figure needs a caption and, for those who cannot see it, an alternative text."""
    for option, name in (("caption", "a caption"), ("alt", "an alternative text")):
        if not str(cell.options.get(option) or "").strip():
            yield cell.line, f"a figure without {name}: write `{option}: …` in the cell's options"


def prose(cell: Cell, chapter: Chapter, names: dict[str, set[str]]) -> Found:
    """What prose may not hold: directives, roles, other fences, typed numbers, links to nothing; in a panel headings."""
    lines = outside_fences(cell)
    text = "\n".join(line for _, line in lines)
    for number, line in enumerate(cell.source.splitlines(), cell.code_line):
        mark = FENCE.match(line)
        info = mark.group(2).strip() if mark else ""
        if info.startswith("{") or re.match(r"\s*:{3,}\s*\{", line) or re.match(r"\s+`{3,}\{code-cell", line):
            yield number, f"directive `{line.strip()}` in prose: Colab would show it raw, write CommonMark"
        elif info and info not in ("console", "text"):
            yield number, f"`{info}` fence in prose: make it a code cell that runs, or a `console` or `text` fence"
        elif info and "not executed here" not in text.lower():
            yield number, "a fence that nothing runs: say *not executed here* beside it"
    for number, line in lines:
        bare = re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", re.sub(r"\{[\w:-]+\}`", "{role}", line))
        if "{role}" in bare or re.match(r"\s*\([\w-]+\)=\s*$", line):
            yield number, f"role or label `{line.strip()[:40]}` in prose: write a CommonMark link"
    if not chapter.plain:
        yield from typed_numbers(cell, lines)
    yield from links(lines, chapter, names)
    if cell.framework:
        for number, _, heading in headings(cell):
            yield number, f"heading `{heading}` in a panel: headings stand in shared prose"
        paragraphs = [p for p in re.split(r"\n\s*\n", text) if p.strip()]
        if len(text.split()) > PANEL_WORDS or len(paragraphs) > PANEL_PARAGRAPHS:
            yield cell.line, f"prose panel of {len(text.split())} words in {len(paragraphs)} paragraphs: is its closing `+++` missing?"


def typed_numbers(cell: Cell, lines: list[tuple[int, str]]) -> Found:
    """Decimals, percentages and numbers with a unit, outside code, mathematics and what a footnote vouches for."""
    blank = re.sub(NOT_PROSE, lambda m: re.sub(r"[^\n]", "\0", m.group()), "\n".join(line for _, line in lines))
    for paragraph in re.finditer(r"(?:[^\n]+(?:\n|\Z))+", blank):
        if "[^" in paragraph.group():
            continue
        for match in TYPED_NUMBER.finditer(paragraph.group()):
            number = lines[blank[: paragraph.start() + match.start()].count("\n")][0]
            yield number, f"number `{match.group().strip()}` typed into prose: quote the run, `{{{{ words before it }}}}`, or write an input as code"


def links(lines: list[tuple[int, str]], chapter: Chapter, names: dict[str, set[str]]) -> Found:
    """Links into the course must lead to a chapter and a heading."""
    for number, line in lines:
        for page, place in re.findall(r"\]\(([\w-]+\.md)?(?:#([^)\s]*))?\)", line):
            slug = page.removesuffix(".md") or chapter.slug
            if (page or place) and slug not in names:
                yield number, f"link to `{page}`: there is no such chapter"
            elif place and place not in names[slug]:
                near = difflib.get_close_matches(place, names[slug], 1)
                yield number, f"link to no heading, `{page}#{place}`: " + (f"did you mean `#{near[0]}`?" if near else "see that chapter's headings")


def panels(chapter: Chapter) -> Found:
    """Each row has a panel for each framework."""
    for row in rows(chapter):
        missing = [name for name in FRAMEWORKS if name not in row]
        if missing:
            line = min(cell.line for cells in row.values() for cell in cells)
            yield line, f"this row has {' and '.join(row)}, no {' and no '.join(missing)}: add its cell, or prose that says why there is none"


def exercises(chapter: Chapter) -> Found:
    """Each exercise has its options, starters, solutions and both checks; the check says its id."""
    seen: dict[str, Cell] = {}
    current: Cell | None = None
    parts: dict[int, list[Cell]] = {}
    for cell in chapter.cells:
        if cell.role == "exercise":
            current = cell
            for option in sorted(OPTIONS["prose"] - set(cell.options)):
                yield cell.line, f'exercise without `{option}`: write +++ {{"tags": ["exercise"], "id": …, "points": …, "objective": …}}'
            identity = str(cell.options.get("id"))
            if identity in seen:
                yield cell.line, f"exercise `{identity}` is there already, at line {seen[identity].line}: give it another id"
            seen.setdefault(identity, cell)
            parts[cell.number] = []
        elif cell.role and current is None:
            yield cell.line, f"tag `{cell.role}` before any exercise: the cell tagged `exercise` comes first"
        elif cell.role:
            parts[current.number].append(cell)
    for cell in seen.values():
        there = [part.role for part in parts[cell.number]]
        for role in ROLES[1:]:
            if role not in there:
                yield cell.line, f"exercise `{cell.options.get('id')}` has no {role}: add one"


def notebooks(course: Course, chapter: Chapter) -> list[Problem]:
    """What is wrong with the stored notebooks: stale, edited, unrun, silent, or not in agreement."""
    kept, problems = stored(course, chapter), []
    for name in chapter.notebooks:
        why = staleness(course, chapter, name, kept)
        if why:
            problems.append(chapter.problem(1, f"notebooks/{name}/{chapter.slug}.ipynb {why}: run `python -m triptych run {chapter.slug}`"))
    if problems:
        return problems
    for name in chapter.notebooks:
        woven, wrong = filled(course, chapter, name, kept)
        problems += wrong
        if not wrong and with_outputs(woven, kept[name])["cells"] != kept[name]["cells"]:
            problems.append(chapter.problem(1, f"the prose of notebooks/{name}/{chapter.slug}.ipynb is stale: run `python -m triptych run {chapter.slug}`"))
        problems += outputs(chapter, name, kept[name])
    return problems + disagreements(chapter, kept)


def outputs(chapter: Chapter, name: str, notebook: dict) -> Iterator[Problem]:
    """Code cells that did not run, printed nothing, wrote to standard error, or drew a figure without words."""
    cells = {chapter.cell_id(cell): cell for cell in chapter.cells}
    for woven in code_cells(notebook):
        cell, left = cells.get(woven["id"]), woven["outputs"]
        line = cell.line if cell else 1
        if woven["execution_count"] is None:
            yield chapter.problem(line, f"the {name} cell has no execution count: run `python -m triptych run {chapter.slug} --force`")
        if any(output.get("name") == "stderr" for output in left):
            yield chapter.problem(line, f"the {name} cell wrote to standard error: catch the warning and print it")
        if cell is None:
            continue
        if not left and "setup" not in cell.tags and (cell.place in ("shared", "each", "together") or cell.role == "check"):
            yield chapter.problem(line, f"the cell printed nothing in {name}: print what it shows, or tag it `setup`")
        if any(kind.startswith("image/") for output in left for kind in output.get("data", {})):
            yield from (chapter.problem(*words) for words in figure_words(cell))
