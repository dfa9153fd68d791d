"""Addresses of headings: what readers have linked to stays. `data/anchors.json` lists what is published."""

import json
import re
from pathlib import Path

from ..chapter import anchors, read
from ..course import Course, Problem

LEFT = re.compile(r'<a id="([^"]+)"></a>')  # where a heading had another name


def listed(course: Course) -> Path:
    """The file that holds each chapter's published anchors."""
    return course.root / "data" / "anchors.json"


def compare(course: Course) -> tuple[dict[str, list[str]], list[Problem], list[Problem]]:
    """The list with all anchors of today, a problem for each that is gone, and one for each that is new."""
    path = listed(course)
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    now, gone, new = dict(kept), [], []
    for slug in [*course.slugs, *(slug for slug in kept if slug not in course.slugs)]:
        chapter = read(course, slug) if slug in course.slugs else None
        prose = "\n".join(cell.source for cell in chapter.cells if cell.kind == "prose") if chapter else ""
        there, before = (anchors(chapter) if chapter else set()) | set(LEFT.findall(prose)), set(kept.get(slug, ()))
        for name in sorted(before - there):
            message = f'readers may link to #{name}, which is gone: name the heading as before, or leave `<a id="{name}"></a>` there'
            gone.append(Problem(f"book/{slug}.md", 1, message))
        for name in sorted(there - before):
            message = f"#{name} is not in data/anchors.json: `python -m triptych.upkeep anchors` adds it"
            new.append(Problem(f"book/{slug}.md", 1, message))
        now[slug] = sorted(before | there)
    return now, gone, new


def add_anchors(course: Course) -> list[Problem]:
    """Add what is new to the list; nothing is ever taken out of it. What is gone is a problem."""
    now, gone, _ = compare(course)
    listed(course).parent.mkdir(exist_ok=True)
    listed(course).write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return gone
