"""Search in a real browser, and the index behind it."""

import gzip
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest
import small
from chromium import print_page
from playwright.sync_api import expect
from sites import build, digests, leaks, sideways, violations
from small import ROOT

from triptych import words
from triptych.course import FRAMEWORKS, Course
from triptych.offline import pack

DIALOG = "#pst-search-dialog"


@pytest.fixture
def search(own_site, serve, visit):
    """Opens a page of this course, asks the dialog, and gives the page."""

    def ask(query: str, page: str = "autodiff.html?framework=keras", framework: str = "", **options):
        opened = visit(serve(own_site) + page, **options)
        opened.keyboard.press("/")
        if framework:
            opened.get_by_label(words.SEARCH["framework"], exact=True).select_option(framework)
        opened.locator(f"{DIALOG} input").fill(query)
        expect(opened.get_by_role("status")).not_to_have_text("")
        return opened

    return ask


def found(page) -> list[str]:
    """What the results say: section, chapter and frameworks, excerpt."""
    return page.locator(".found li").all_inner_texts()


@pytest.mark.parametrize(
    "query, section, said",
    [
        ("torch.autograd.grad", "One step, whatever the batch", "torch.autograd.grad("),
        ("GradientTape", "Second derivatives", "tf.GradientTape()"),
        ("tf.GradientTape()", "One program", "tf.GradientTape()"),
        ("NaN", "Three meanings of clipping", "NaN"),
        ("retain_graph", "Tape, autograd, and a backend", "retain_graph=True"),
        ("cross-entropy wants logits", "Losses that mislead", "logits"),
        ("gradients out, NaN 3 of 3", "Three meanings of clipping", ""),
    ],
)
def test_prose_code_outputs_and_names_are_found(search, query, section, said):
    """Also a name within a longer one; each result says its section and shows the words."""
    results = found(search(query))
    assert any(one.startswith(section) and said in one for one in results), results


@pytest.mark.parametrize("typed", ["GradientTpe", "GradientTappe", "GradiemtTape", "GradeintTape", "tf.GradeintTape"])
def test_one_typing_mistake_is_forgiven(search, typed):
    """The results are the right word's, and a line says so."""
    page = search(typed)
    assert any("tf.GradientTape()" in one for one in found(page)), found(page)
    expect(page.get_by_role("status")).to_contain_text(words.SEARCH["instead"].split("{")[0])
    expect(page.get_by_role("status")).to_contain_text("“" + typed[: -len("GradeintTape")] + "GradientTape”" if "." in typed else "GradientTape”")


@pytest.mark.parametrize("query", ["wombat", "torch.quokka"])
def test_what_the_course_does_not_have_is_not_found(search, query):
    """Pagefind itself would answer with all that begins with less of it."""
    page = search(query)
    expect(page.get_by_role("status")).to_have_text(words.SEARCH["none"])
    assert found(page) == []


def test_results_can_be_those_of_one_framework(search):
    """Its panels and what all share; the other frameworks' panels are left out."""
    both = [one for one in found(search("zero_grad")) if "PyTorch" in one.splitlines()[0]]
    assert both
    for framework in ("tensorflow", "pytorch"):
        page = search("assign_sub", framework=framework)
        inside = any("w.assign_sub" in one for one in found(page))
        assert inside is (framework == "tensorflow"), found(page)


@pytest.mark.parametrize(
    "on, address",
    [("?framework=keras", "?framework=keras,tensorflow#"), ("?framework=pytorch", "?framework=tensorflow,pytorch#"), ("", ".html#")],
)
def test_a_result_leads_to_its_section_with_its_framework_on(search, on, address):
    """What the reader has switched on stays on."""
    page = search("GradientTape", page=f"autodiff.html{on}")
    page.locator(".found a", has_text="Second derivatives").click()
    page.wait_for_url(f"**/autodiff.html*{address.removeprefix('.html')}second-derivatives")
    assert address + "second-derivatives" in page.url
    expect(page.locator(DIALOG)).not_to_be_visible()
    expect(page.locator("#second-derivatives .panel.tensorflow").first).to_be_visible()
    expect(page.get_by_role("heading", name="Second derivatives")).to_be_in_viewport()


def test_the_keyboard_is_enough_to_search(address, visit):
    """`/` or Ctrl+K open; arrows walk through the results; Enter follows; Escape closes; a `/` in the field is a letter."""
    page = visit(address + "small.html?framework=keras")
    field = page.locator(f"{DIALOG} input")
    for key in ("/", "Control+k"):
        page.keyboard.press(key)
        expect(field).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(DIALOG)).not_to_be_visible()
    field.dispatch_event("keydown", {"key": "/"})  # a field that was closed keeps the focus for a moment
    expect(field).to_be_focused()
    page.keyboard.type("sum/")
    expect(field).to_have_value("sum/")
    page.keyboard.press("Backspace")
    links = page.locator(".found a")
    expect(links.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(links.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    expect(links.last).to_be_focused()
    target = links.last.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(target.replace("#", "?framework=keras#"))
    page.goto(address + "small.html")
    page.evaluate("document.body.append(document.createElement('textarea'))")
    page.locator("textarea").press_sequentially("1/2")
    expect(page.locator("textarea")).to_have_value("1/2")
    page.locator("textarea").blur()
    page.keyboard.press("/")
    page.keyboard.type("footnote")
    page.keyboard.press("Enter")
    page.wait_for_url("**/picture.html*#pictures-and-formulas")


def test_nothing_of_the_index_is_loaded_before_the_reader_searches(address, visit):
    asked = []
    page = visit("about:blank")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + "small.html", wait_until="networkidle")
    assert asked and not any("pagefind" in url or "search.css" in url for url in asked)
    page.keyboard.press("/")
    page.keyboard.type("sum")
    expect(page.locator(".found a").first).to_be_visible()
    assert any("pagefind" in url for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_search_is_accessible_and_fits(search, width, scheme):
    """axe finds nothing, with results and with a field alone; the dialog stays within the window."""
    page = search("gradient", width=width, height=700, color_scheme=scheme)
    expect(page.locator(".found li").first).to_be_visible()
    assert page.locator(DIALOG).get_attribute("aria-label") == words.SEARCH["search"]
    found = violations(page)
    assert not found, found
    box = page.locator(DIALOG).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= 700
    assert sideways(page) <= 0


def test_from_a_folder_the_themes_search_answers(site, browser):
    """A page opened as a file may not load the index; nor may the theme load summaries, and says so in the console."""
    page = browser.new_page()
    page.goto((site / "book" / "small.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("wallaby")
    expect(page.locator(".found")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("file:**/search.html?q=wallaby")
    expect(page.locator("#search-results").get_by_role("link", name="Pictures and formulas")).to_be_visible()
    page.close()


@pytest.fixture(scope="module")
def without(course, tmp_path_factory):
    """The small course's site from a machine for which there is no pagefind, and what its build said."""
    out = tmp_path_factory.mktemp("without")
    done = build(course.root, out, "-W", PAGEFIND_BINARY_PATH=str(out / "pagefind"))
    return out / "_build" / "html", done


def test_without_pagefind_a_line_says_so_and_the_themes_search_answers(without, serve, browser):
    """No error even with `-W`: the book is whole."""
    folder, done = without
    said = [line for line in done.stderr.splitlines() if line.startswith(words.NO_INDEX.split("(")[0])]
    assert done.returncode == 0 and len(said) == 1 and "Traceback" not in done.stderr, done.stderr
    assert not (folder / "pagefind").exists()
    page = browser.new_page()
    page.goto(serve(folder) + "small.html")
    page.keyboard.press("/")
    page.keyboard.type("wallaby")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results").get_by_role("link", name="Pictures and formulas")).to_be_visible()
    page.close()


# The index.


def fragments(folder) -> list[dict]:
    """The records of a site's index."""
    texts = [gzip.decompress(path.read_bytes()).decode() for path in sorted((folder / "pagefind").rglob("*.pf_fragment"))]
    return [json.loads(text.removeprefix("pagefind_dcd")) for text in texts]


def test_the_index_has_a_record_for_each_section_and_framework(site):
    """Each holds what its framework's reader sees: no other panel, nothing withheld, one record where all are the same."""
    text = {record["url"]: record["content"] for record in fragments(site)}
    steps = [text[f"/book/small/the-steps-below/{name}.html"] for name in FRAMEWORKS]
    for name, content in zip(FRAMEWORKS, steps):
        assert [f"# {one}" in content for one in FRAMEWORKS] == [one == name for one in FRAMEWORKS]
        assert "What the three share" in content and "total 6.2500 of 3" in content
    assert "keras says 6.25" in steps[0] and "A line that rises" in text["/book/picture/pictures-and-formulas/keras.html"]
    assert set(json.loads((site / "pagefind" / "known.json").read_text())["records"].values()) == {
        url.removeprefix("/").removesuffix(".html") for url in text
    }
    assert "/book/index/small/all.html" in text


def test_the_index_is_the_same_wherever_it_is_built(course, site, tmp_path):
    """Another folder, another run: the same names and bytes; so the notebooks' archives."""
    again = tmp_path / "elsewhere"
    shutil.copytree(course.root, again)
    assert build(again, tmp_path).returncode == 0
    for kind in ("pagefind", "notebooks"):
        assert digests(tmp_path / "_build" / "html" / kind) == digests(site / kind) != {}


def test_what_a_course_no_longer_says_leaves_the_index(course, tmp_path):
    """A second build renews index and archives: they are what a build from nothing gives."""
    changed = Course(shutil.copytree(course.root, tmp_path / "course"))
    twice, once = tmp_path / "twice", tmp_path / "once"
    twice.mkdir()
    assert build(changed.root, twice).returncode == 0
    small.edit(changed.source("small"), "Each framework adds in its own way.", "A quokka.")
    small.edit(changed.root / "_toc.yml", "- file: book/picture\n", "")
    changed.source("picture").unlink()
    with changed.notebook("keras", "small").open("a") as notebook:
        notebook.write("\n")
    once.mkdir()
    for out in (twice, once):
        assert build(changed.root, out).returncode == 0
    site = twice / "_build" / "html"
    said = " ".join(record["content"] for record in fragments(site))
    assert "A quokka." in said and "adds in its own way" not in said and "A line that rises" not in said
    for kind in ("pagefind", "notebooks"):
        assert digests(site / kind) == digests(once / "_build" / "html" / kind) != {}


def test_an_index_that_was_ended_midway_is_made_anew(course, site, tmp_path):
    """pagefind would leave the half of a file under its name."""
    assert build(course.root, tmp_path).returncode == 0
    kept, made = tmp_path / "_build" / ".doctrees" / "search", tmp_path / "_build" / "html" / "pagefind"
    next(kept.glob("bundle/fragment/*")).write_bytes(b"half")
    (kept / "whole").unlink()
    shutil.rmtree(made)
    assert build(course.root, tmp_path).returncode == 0
    assert digests(made) == digests(site / "pagefind") != {}


@pytest.mark.parametrize("where", ["notebooks/keras.zip", "pagefind/fragment/en_1.pf_fragment"])
def test_the_search_for_solutions_looks_into_archives_and_index(course, tmp_path, where):
    """Else a leak in there would go unseen."""
    path = tmp_path / where
    path.parent.mkdir(parents=True)
    line = 'print("double:", "passed" if good else "not yet: wrong elsewhere")'
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            cell = {"cell_type": "code", "source": [line], "id": "a", "metadata": {}, "outputs": [], "execution_count": 1}
            archive.writestr("keras/small.ipynb", json.dumps({"cells": [cell], "metadata": {}}))
    else:
        record = {"content": f"before {line} after"}
        path.write_bytes(gzip.compress(b"pagefind_dcd" + json.dumps(record).encode()))
    assert leaks(course, tmp_path)


# Reading elsewhere.


def test_an_archive_is_written_again_when_a_notebook_changed(tmp_path):
    folder, archive = tmp_path / "keras", tmp_path / "keras.zip"
    folder.mkdir()
    for time, text in ((1e9, "old"), (3e9, "new"), (2e9, "no newer than the archive")):
        (folder / "a.ipynb").write_text(text)
        os.utime(folder / "a.ipynb", (time, time))
        os.utime(folder, (1e9, 1e9))
        pack(folder)
        os.utime(archive, (2e9, 2e9))
    with zipfile.ZipFile(archive) as packed:
        assert packed.read("keras/a.ipynb") == b"new"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_archive_has_all_notebooks_of_a_framework(own_site, serve, visit, framework):
    """Offered on the front page; the stored notebooks themselves."""
    page = visit(serve(own_site) + "index.html")
    with page.expect_download() as started:
        page.get_by_role("link", name=f"{words.ARCHIVE} {words.NAMES[framework]}").click()
    assert started.value.suggested_filename == f"{framework}.zip"
    with zipfile.ZipFile(started.value.path()) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    stored = {f"{framework}/{path.name}": path.read_bytes() for path in (ROOT / "notebooks" / framework).glob("*.ipynb")}
    assert held == stored


@pytest.fixture(scope="module")
def book(course, tmp_path_factory):
    """All chapters of the small course as the one page that is printed; two of them have a section *The end*."""
    course = Course(shutil.copytree(course.root, tmp_path_factory.mktemp("paper") / "course"))
    ends = "\n## The end\n\nAn [end](#the-end), [another]({}.md#the-end).[^last]\n\n[^last]: The note of {}.\n"
    for slug, other in (("small", "picture"), ("picture", "small")):
        with course.source(slug).open("a") as source:
            source.write("\n+++\n" + ends.format(other, slug))
    out = course.root.parent
    done = build(course.root, out, "-W", "--builder", "singlehtml")
    assert done.returncode == 0, done.stderr
    folder = out / "_build" / "singlehtml"
    return Path(shutil.copyfile(folder / "book" / "index.html", folder / "book.html"))


def test_every_link_in_the_printed_book_works(book):
    """Chapters may have sections and notes of the same name: each link finds its own; none leaves for a file."""
    text = book.read_text(encoding="utf-8")
    text = text[text.index("<article") :]
    anchors = re.findall(r'\bid="([^"]+)"', text)
    links = re.findall(r'href="([^"]+)"', text)
    assert len(anchors) == len(set(anchors))
    assert [link for link in links if not link.startswith(("http", "#"))] == []
    assert {link[1:] for link in links if link.startswith("#")} <= set(anchors) | {""}
    for slug, other in (("small", "picture"), ("picture", "small")):
        assert f'href="#{slug}-the-end"' in text and f'<section id="{slug}-the-end">' in text
    assert all(Path(book.parent, source).exists() for source in re.findall(r'<img[^>]* src="([^"]+)"', text))


def test_the_printed_book_shows_everything(book, browser):
    """All three frameworks with their names under each other, folded cells open, no line cut off, pictures and formulas set."""
    page = browser.new_page(viewport={"width": 680, "height": 900})
    page.goto(book.as_uri() + "?framework=keras")
    page.emulate_media(media="print")
    panels = page.locator(".panels").first.locator(".panel")
    assert panels.locator(".framework").all_inner_texts() == ["Keras", "TensorFlow", "PyTorch"]
    assert len({round(panel.bounding_box()["y"]) for panel in panels.all()}) == 3
    for said in ("a long dump 39", '"drawn by keras"'):
        expect(page.get_by_text(said)).to_be_visible()
    cut = page.locator("pre").evaluate_all("all => all.filter(pre => pre.scrollWidth > pre.clientWidth + 1).length")
    assert cut == 0 and page.locator("pre").count() > 10
    assert page.locator("figure img").evaluate("image => image.naturalWidth") == 320
    assert page.locator(".katex-display").first.bounding_box()["height"] > 20
    expect(page.locator(".notebooks")).to_have_count(0)
    expect(page.locator(".copy").locator("visible=true")).to_have_count(0)
    grids = page.locator(".panels, .panel").evaluate_all("all => all.filter(box => getComputedStyle(box).display != 'block').length")
    assert grids == 0  # cut by a page's end, the parts of a grid are printed over each other
    assert "None" not in page.title()
    page.close()


def test_the_book_becomes_a_pdf(book, tmp_path):
    """With an outline and links inside; none points to a file of the machine that printed it."""
    print_page(book, tmp_path / "book.pdf")
    written = (tmp_path / "book.pdf").read_bytes()
    assert written.startswith(b"%PDF") and b"/Outlines" in written and b"/Link" in written and b"(file:" not in written
