"""The page *Verified*: how every notebook ran, taken from the notebooks' own records when the site is built."""

import json
from functools import partial
from pathlib import Path

from . import words
from .chapter import Chapter, read
from .course import NOTEBOOKS, Course
from .fresh import staleness
from .notebook import digest, stored

PAGE = "verified"


def collected(course: Course) -> dict:
    """What the page shows: for each framework its notebooks, and where else they ran; and the trials of other versions."""
    chapters = [chapter for slug in course.slugs if not (chapter := read(course, slug)).plain]
    kept = {chapter.slug: stored(course, chapter) for chapter in chapters}
    elsewhere = records(course, "gpu") | records(course, "backends")
    found = []
    for name in NOTEBOOKS:
        places = {key: record for key, record in elsewhere.items() if record["framework"] == name}
        having = [chapter for chapter in chapters if name in chapter.notebooks]
        if having:
            rows = [row(course, chapter, name, kept[chapter.slug], places) for chapter in having]
            found.append({"name": name, "rows": rows, "places": [place(record) for record in places.values()]})
    return {"notebooks": found, "trials": records(course, "versions")}


def figure(course: Course) -> str:
    """All runs in one line: how many notebooks, how many passed, when the last one ran, with which frameworks."""
    rows = [row for group in collected(course)["notebooks"] for row in group["rows"]]
    ran = [row["ran"] for row in rows if row["ran"]]
    versions = {package: version for run in ran for package, version in run["versions"].items()}
    return words.VERIFIED_FIGURE.format(
        notebooks=len(rows),
        passed=sum(row["verdict"] == words.PASSED for row in rows),
        date=max((run["date"] for run in ran), default="-"),
        versions=", ".join(f"{name} {versions[name]}" for name in ("keras", "tensorflow", "torch") if name in versions),
    )


def records(course: Course, kind: str) -> dict[str, dict]:
    """The records in `data/<kind>/`, by their path there; one that cannot be read is left out."""
    found = {}
    for path in sorted((course.root / "data" / kind).glob("*.json")):
        try:
            found[f"{kind}/{path.stem}"] = json.loads(path.read_text(encoding="utf-8")) | {
                "name": path.stem,
                "kind": kind,
            }
        except ValueError:
            continue
    return found


def row(course: Course, chapter: Chapter, name: str, kept: dict, places: dict) -> dict:
    """One notebook: its verdict, what it ran with, and its verdict in each other place."""
    notebook = kept.get(name)
    why = staleness(course, chapter, name, kept)
    ran = (notebook or {"metadata": {}})["metadata"].get("triptych", {}).get("ran", {})
    verdicts = [elsewhere(record["notebooks"].get(chapter.slug), notebook) for record in places.values()]
    return {
        "slug": chapter.slug,
        "title": chapter.title,
        "verdict": why or words.PASSED,
        "ran": ran,
        "elsewhere": verdicts,
    }


def elsewhere(result: dict | None, notebook: dict | None) -> str:
    """The verdict of a run elsewhere, if it was a run of the notebook as it is now."""
    if result is None or notebook is None:
        return words.NOT_RUN
    if result["digest"] != digest(notebook):
        return words.EARLIER
    spent = f", {result['seconds']} s" + (f", {result['peak_mib']} MiB" if "peak_mib" in result else "")
    return (words.PASSED if result["passed"] else words.FAILED) + spent


def place(record: dict) -> dict:
    """Heading and particulars of a run elsewhere."""
    heading = " ".join(filter(None, [record.get("backend"), words.DEVICES[record["kind"]]]))
    versions = ", ".join(f"{package} {version}" for package, version in record["versions"].items())
    return {
        "heading": heading,
        "about": words.RAN_ELSEWHERE.format(**record | {"heading": heading, "versions": versions}),
    }


def pages(app):
    """Give Sphinx the page; it is in no chapter's source, so that every course has it."""
    course = Course(app.srcdir)
    link = partial(app.builder.get_relative_uri, PAGE)
    body = app.builder.templates.render("triptych-verified.html", {"words": words, "link": link, **collected(course)})
    yield PAGE, {"title": words.VERIFIED, "body": body, "meta": {}, "toc": "", "display_toc": False}, "page.html"


def setup(app):
    """Register the page with Sphinx."""
    app.config.templates_path.append(str(Path(__file__).parent / "templates"))
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
