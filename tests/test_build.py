"""What `jupyter-book build` makes and says, and what must not be published."""

import pytest
import small
from sites import build, digests, leaks, site_course
from small import ROOT

from triptych.course import Course
from triptych.notebook import code_cells, digest, load, store


def test_building_twice_gives_the_same_site(course, site):
    """A second build finds nothing to do, and is clean, too."""
    before = digests(site)
    assert build(course.root, site.parent.parent, "-W").returncode == 0
    assert digests(site) == before


@pytest.mark.parametrize("options, code", [((), 0), (("-W",), 1)])
def test_a_stale_notebook_gives_one_line_that_says_what_to_do(tmp_path, options, code):
    """Outputs that no longer fit their code are named, not shown."""
    stale = site_course(tmp_path / "course")
    small.edit(stale.source("small"), "total = sum(numbers)  # pytorch", "total = 0 + sum(numbers)  # pytorch")
    done = build(stale.root, tmp_path, *options)
    lines = [line for line in done.stderr.splitlines() if "small.md" in line]
    assert done.returncode == code and "Traceback" not in done.stderr and len(lines) == 1, done.stderr
    assert "pytorch notebook is stale" in lines[0] and "`python -m triptych run small`" in lines[0]


def test_a_missing_notebook_gives_one_line_and_a_page(tmp_path):
    """The page is there without the outputs."""
    missing = site_course(tmp_path / "course")
    missing.notebook("tensorflow", "small").unlink()
    done = build(missing.root, tmp_path)
    lines = [line for line in done.stderr.splitlines() if "small.md" in line]
    assert done.returncode == 0 and len(lines) == 1 and "the tensorflow notebook has not run yet" in lines[0], done.stderr
    assert "keras says" in (tmp_path / "_build" / "html" / "book" / "small.html").read_text()


def test_a_changed_notebook_changes_its_page(tmp_path):
    """A second build shows the new outputs, and leaves the other pages alone."""
    changed = site_course(tmp_path / "course")
    assert build(changed.root, tmp_path).returncode == 0
    before = digests(tmp_path / "_build" / "html" / "book")
    path = changed.notebook("tensorflow", "picture")
    notebook = load(path)
    code_cells(notebook)[1]["outputs"][0]["text"] = ["a kangaroo"]
    notebook["metadata"]["triptych"]["digest"] = digest(notebook)
    store(path, notebook)
    assert build(changed.root, tmp_path, "-W").returncode == 0
    after = digests(tmp_path / "_build" / "html" / "book")
    assert {name for name in after if after[name] != before[name]} == {"picture.html"}
    assert "a kangaroo" in (tmp_path / "_build" / "html" / "book" / "picture.html").read_text()


@pytest.mark.parametrize(
    "slug, before, after",
    [
        ("picture", "\\int_0", "\\inte_0"),
        ("small", "{{ total }}", "{{ sum }}"),
        ("small", "](#the-steps-below)", "](loops.md)"),
    ],
)
def test_a_broken_formula_number_or_link_is_named_with_its_line(tmp_path, slug, before, after):
    """Authors see where, also for what only the page reads."""
    broken = site_course(tmp_path / "course")
    small.edit(broken.source(slug), before, after)
    line = small.line_of(broken.source(slug).read_text(), after)
    done = build(broken.root, tmp_path)
    assert done.returncode == 0 and f"{slug}.md:{line}: WARNING" in done.stderr, done.stderr


def test_a_broken_chapter_gives_one_line(tmp_path):
    """What cannot be read is named with file and line, without a traceback."""
    broken = site_course(tmp_path / "course")
    small.edit(broken.source("small"), ":tags: [keras]", ":tags: [keras")
    done = build(broken.root, tmp_path, "-W")
    assert done.returncode == 1 and "Traceback" not in done.stderr and "book/small.md:" in done.stderr, done.stderr


def test_no_solution_and_no_hidden_check_is_published(course, site):
    """Neither on pages nor in downloads, search index or stored notebooks."""
    assert leaks(course, site) == []


@pytest.mark.parametrize(
    "leak",
    [
        "<pre>def <b>again</b>(x):  # reworded\n    return x + x</pre>",
        "print(&quot;double:&quot;, &quot;passed&quot; if good else &quot;not yet: wrong elsewhere&quot;)",
        "good = <i>twice</i>(-3) == -6",
    ],
)
def test_the_search_for_solutions_finds_them(course, tmp_path, leak):
    """Reworded, coloured, or in an index: else the two tests beside this one would say nothing."""
    (tmp_path / "page.html").write_text(f"<p>before</p>{leak}<p>after</p>")
    assert leaks(course, tmp_path)


def test_no_solution_of_this_course_is_published(own_site):
    assert leaks(Course(ROOT), own_site) == []
