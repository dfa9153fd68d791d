"""The page *Verified*: how every notebook ran, taken from the notebooks' own records when the site is built."""

import json
from functools import partial
from pathlib import Path

from . import words
from .chapter import Chapter
from .course import NOTEBOOKS, Course
from .fresh import staleness
from .notebook import digest, stored

PAGE = "verified"


def runs(course: Course, chapter: Chapter) -> dict:
    """What the page says of a chapter: its title, and for each notebook its verdict, record and fingerprint."""
    kept, found = stored(course, chapter), {}
    for name in chapter.notebooks:
        notebook = kept.get(name) or {"cells": [], "metadata": {}}
        found[name] = {
            "verdict": staleness(course, chapter, name, kept) or words.PASSED,
            "ran": notebook["metadata"].get("triptych", {}).get("ran", {}),
            "digest": digest(notebook),
        }
    return {"title": chapter.title, "notebooks": found}


def all_runs(env) -> dict[str, dict]:
    """Slug to `runs`, as Sphinx's environment keeps them for each page since it was last read."""
    known = {docname.removeprefix("book/"): about["triptych"] for docname, about in env.metadata.items() if "triptych" in about}
    return {slug: known[slug] for slug in Course(env.srcdir).slugs if slug in known}


def collected(course: Course, chapters: dict[str, dict]) -> dict:
    """What the page shows: for each framework its notebooks, and where else they ran; and the trials of other versions.

    chapters: slug to `runs`.
    """
    outside = records(course, "gpu") | records(course, "backends")
    found = []
    for name in NOTEBOOKS:
        places = [record for record in outside.values() if record["framework"] == name]
        rows = [
            {"slug": slug, "title": about["title"], **run, "elsewhere": [elsewhere(place["notebooks"].get(slug), run) for place in places]}
            for slug, about in chapters.items()
            for run in filter(None, [about["notebooks"].get(name)])
        ]
        usual = usual_versions(rows)
        for row in rows:
            row["unlike"] = {package: version for package, version in ran_with(row).items() if usual[package] != version}
        if rows:
            found.append({"name": name, "rows": rows, "versions": usual, "places": [place(record) for record in places]})
    return {"notebooks": found, "trials": records(course, "versions")}


def ran_with(row: dict) -> dict[str, str]:
    """Package, or Python, to the version that this notebook ran with."""
    return row["ran"]["versions"] | {"Python": row["ran"]["python"]} if row["ran"] else {}


def usual_versions(rows: list[dict]) -> dict[str, str]:
    """What all these notebooks ran with, each package once: the version that most of them had."""
    every = [item for row in rows for item in ran_with(row).items()]
    return {package: max((v for p, v in every if p == package), key=lambda v: every.count((package, v))) for package in sorted(dict(every), key=str.lower)}


def figure(chapters: dict[str, dict]) -> str:
    """All runs in one line: how many notebooks, how many passed, when the last one ran, with which frameworks."""
    rows = [run for about in chapters.values() for run in about["notebooks"].values()]
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


def elsewhere(result: dict | None, run: dict) -> str:
    """The verdict of a run elsewhere, if it was a run of the notebook as it is now."""
    if result is None or not run["ran"]:
        return words.NOT_RUN
    if result["digest"] != run["digest"]:
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
    link = partial(app.builder.get_relative_uri, PAGE)
    body = app.builder.templates.render("triptych-verified.html", {"words": words, "link": link, **collected(Course(app.srcdir), all_runs(app.env))})
    yield PAGE, {"title": words.VERIFIED, "body": body, "meta": {}, "toc": "", "display_toc": False}, "page.html"


def setup(app):
    """Register the page with Sphinx."""
    app.config.templates_path.append(str(Path(__file__).parent / "templates"))
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
