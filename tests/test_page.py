"""The page in a real browser, in detail: switch, columns, weight, accessibility, trust, other sites."""

import gzip
import html
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pydata_sphinx_theme
import pytest
import small
from playwright.sync_api import expect
from sites import ALL, NO_STORAGE, arrived, build, code_on, pages, shown, sideways, site_course, violations
from small import ROOT

from triptych import words
from triptych.chapter import read
from triptych.course import Course
from triptych.extras import STYLES, page_names, trimmed
from triptych.notebook import load
from triptych.panels import marked
from triptych.upkeep.anchors import add_anchors, compare, listed

# The switch, once more: keys, place, links.


def test_the_bar_stays_in_reach(address, visit):
    """At the top of the window, one line high, however far one has read."""
    for width in (390, 1280):
        page = visit(address + "small.html", width=width, height=500)
        page.mouse.wheel(0, 4000)
        page.wait_for_function("scrollY > 200")
        boxes = [b.bounding_box() for b in page.locator(".frameworks button, .tools button:visible").all()]
        assert len({box["y"] for box in boxes}) == 1 and 0 <= boxes[0]["y"] and boxes[0]["y"] + boxes[0]["height"] < 56


def test_keys_switch(address, visit):
    """1, 2 and 3 the frameworks, d the differences, ? the help; with Control they are the browser's."""
    page = visit(address + "small.html")
    page.keyboard.press("2")
    assert shown(page) == ["Keras", "PyTorch"]
    page.keyboard.press("Control+1")
    assert shown(page) == ["Keras", "PyTorch"]
    page.keyboard.press("1")
    page.keyboard.press("3")
    assert shown(page) == ["PyTorch"], "the last one stays"
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name=words.KEYS)
    expect(keys).to_be_visible()
    page.keyboard.press("1")
    assert shown(page) == ["PyTorch"], "the page behind the help is left alone"
    for meaning in words.KEY_MEANINGS.values():
        expect(keys.get_by_text(meaning)).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).not_to_be_visible()
    page.get_by_role("button", name=words.KEYS).click()
    page.get_by_role("button", name=words.CLOSE).click()
    expect(keys).not_to_be_visible()


def test_keys_are_off_where_one_types_and_where_one_says_so(address, visit):
    """In the search field, and after the reader has switched them off, also on the next page."""
    page = visit(address + "small.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("123?d")
    assert page.locator("#pst-search-dialog input").input_value() == "123?d" and shown(page) == ALL
    page.keyboard.press("Escape")
    expect(page.locator("#pst-search-dialog")).not_to_be_visible()
    page.keyboard.press("?")
    page.get_by_label(words.KEYS_ON).uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert shown(page) == ALL
    page.goto(address + "picture.html")
    page.keyboard.press("1")
    assert shown(page) == ALL
    page.keyboard.press("?")
    expect(page.get_by_label(words.KEYS_ON)).not_to_be_checked()


def test_a_panel_that_is_read_stays_in_its_place(address, visit):
    """Another panel comes in above it, in the same row."""
    page = visit(address + "picture.html?framework=tensorflow", width=700, height=400)
    panel = page.locator(".panel.tensorflow .source").first
    arrived(page)
    page.evaluate("scrollTo(0, document.querySelector('.panel.tensorflow .source').getBoundingClientRect().top + scrollY - 80)")
    before = panel.bounding_box()["y"]
    page.keyboard.press("1")
    assert shown(page) == ["Keras", "TensorFlow"] and abs(panel.bounding_box()["y"] - before) < 3
    page.keyboard.press("1")
    assert shown(page) == ["TensorFlow"] and abs(panel.bounding_box()["y"] - before) < 3


def test_links_carry_the_choice(address, visit):
    """Into the course and to headings, followed or copied; on a first visit there is no choice to carry."""
    page = visit(address + "picture.html")
    inner, heading = page.locator("article").get_by_role("link", name="to the steps"), page.locator("h1 a.headerlink")
    for link in (inner, heading):
        link.click(button="right", force=True)
        assert "framework" not in link.evaluate("a => a.href")
    page.keyboard.press("3")
    for link in (inner, heading):
        link.click(button="right", force=True)
        assert "?framework=keras,tensorflow#" in link.evaluate("a => a.href")
    assert "framework" not in page.locator("a[download]").first.evaluate("a => a.href")
    inner.click()
    assert page.url.endswith("small.html?framework=keras,tensorflow#the-steps-below") and shown(page) == ALL[:2]


def test_the_address_of_a_later_page_has_the_choice(address, visit):
    """So what is copied from the browser's bar shows the same elsewhere."""
    page = visit(address + "picture.html")
    page.keyboard.press("1")
    page.goto(address + "small.html#the-steps-below")
    assert page.url.endswith("small.html?framework=tensorflow,pytorch#the-steps-below")


def test_without_storage_links_carry_the_choice(address, visit):
    page = visit("about:blank")
    page.add_init_script(NO_STORAGE)
    page.goto(address + "picture.html")
    page.keyboard.press("3")
    page.locator("article").get_by_role("link", name="to the steps").click()
    assert shown(page) == ALL[:2]


def test_one_on_does_not_repeat_its_name(address, visit):
    """On screen; two on and paper have the names."""
    page = visit(address + "small.html?framework=pytorch")
    expect(page.locator(".panel.pytorch > .framework").first).not_to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".panel.pytorch > .framework").first).to_be_visible()
    page.emulate_media(media="screen")
    page.keyboard.press("1")
    expect(page.locator(".panel.pytorch > .framework").first).to_be_visible()


@pytest.mark.parametrize("width", [390, 800, 1000, 1536])
@pytest.mark.parametrize("on", ["keras", "keras,pytorch", "keras,tensorflow,pytorch"])
def test_the_menu_button_works_in_every_state(address, visit, width, on):
    """It brings the list of chapters, and takes it away."""
    page = visit(f"{address}small.html?framework={on}", width=width)
    chapter, menu = page.get_by_role("link", name="Pictures and formulas", exact=True).first, page.locator(".primary-toggle")
    beside = width >= 992 and "," not in on
    assert chapter.is_visible() == beside
    menu.click()
    expect(chapter).to_be_visible(visible=not beside)
    if beside:
        menu.click()
    else:
        page.keyboard.press("Escape")
    expect(chapter).to_be_visible(visible=beside)


# Columns, once more: aligned, copied, compared.


@pytest.mark.parametrize("which, name", [("site", "small.html"), ("site", "picture.html"), ("own_site", "loops.html")])
def test_code_stands_beside_code_and_output_beside_output(which, name, request, serve, visit):
    """The first code of each column begins at one height, the second, each output; prose alone pushes nothing down."""
    page = visit(serve(request.getfixturevalue(which)) + name, width=1920)
    rows = page.evaluate(
        """[...document.querySelectorAll(".panels")].map(row => [...row.querySelectorAll(".panel")].map(panel =>
        [...panel.querySelectorAll(":scope > [style]")].map(part => [part.style.gridRow, part.getBoundingClientRect().top, part.className])))"""
    )
    several = 0
    for row in rows:
        parts = [part for panel in row for part in panel if "-1" not in part[0]]
        for place in {place for place, _, _ in parts}:
            kinds = {"code" if "source" in kind else kind for at, _, kind in parts if at == place} - {"fold"}
            tops = [top for at, top, _ in parts if at == place]
            assert max(tops) - min(tops) < 1 and len(kinds) < 2, (row, place)
            several += len(tops) > 1
    assert several or name == "picture.html"


def test_prose_alone_starts_beside_the_code(address, visit):
    """A panel that only explains adds no empty space above the others' code."""
    page = visit(address + "picture.html", width=1536)
    prose, code = page.locator(".panel.pytorch .prose").first.bounding_box(), page.locator(".panel.keras .fold").first.bounding_box()
    assert abs(prose["y"] - code["y"]) < 2


def test_a_block_and_a_column_can_be_copied(address, visit):
    """A column's button takes all its code and nothing else; a block's the block. Labels say which."""
    page = visit(address + "picture.html", permissions=["clipboard-read", "clipboard-write"])
    column = page.get_by_role("button", name=words.COPY_COLUMN.format(name="Keras"))
    expect(column).to_have_count(1)
    column.click()
    expect(column).to_have_class(re.compile("copied"))
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r", "")
    assert copied == 'print("drawn by keras")\n\nagain = "a second cell of the column"\n'
    block = page.locator(".panel.keras > .source")
    block.hover()
    block.get_by_role("button", name=words.COPY, exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == 'again = "a second cell of the column"'


def test_a_copy_is_made_without_the_clipboard_too(address, visit):
    """An address without https has no `navigator.clipboard`."""
    page = visit(address + "picture.html")
    page.evaluate("""Object.defineProperty(navigator, "clipboard", { value: undefined });
        addEventListener("copy", () => (window.taken = getSelection().toString() || document.activeElement.value))""")
    page.get_by_role("button", name=words.COPY_COLUMN.format(name="Keras")).click()
    assert page.evaluate("window.taken").startswith('print("drawn by keras")')


def underlined(page, name: str) -> list[str]:
    """The pieces of the first panel of this framework that are marked as different."""
    return page.locator(f".panel.{name}").first.locator("pre span:not(:has(span))").evaluate_all(
        "spans => spans.filter(s => getComputedStyle(s).borderBottomStyle === 'solid').map(s => s.textContent)"
    )


def test_what_differs_is_marked_on_demand(address, visit):
    """Off at first; by button and by key; only what differs from a column that is on."""
    page = visit(address + "small.html")
    tool = page.get_by_role("button", name=words.DIFFERS)
    expect(tool).to_have_attribute("aria-pressed", "false")
    assert underlined(page, "pytorch") == []
    tool.click()
    expect(tool).to_have_attribute("aria-pressed", "true")
    assert underlined(page, "pytorch") == ["# pytorch"] and underlined(page, "keras")[:2] == ["# keras", "print"]
    page.keyboard.press("1")
    page.keyboard.press("2")
    assert underlined(page, "pytorch") == [], "alone it differs from nothing"
    page.keyboard.press("2")
    assert underlined(page, "pytorch") == ["# pytorch"]
    page.keyboard.press("d")
    assert underlined(page, "pytorch") == []


def test_marks_cut_spans_and_change_no_text():
    """A mark that covers a part of a span gets its own; characters that HTML writes as entities count as one."""
    code = '<pre><span></span><span class="p">([</span><span class="n">a</span> <span class="o">&lt;</span> &amp;b</pre>\n'
    made = marked(code, {1: ["K"], 2: ["K", "T"], 4: ["P"], 6: ["K"]})
    assert made == (
        '<pre><span></span><span class="p">(<span class="K">[</span></span><span class="n K T">a</span> '
        '<span class="o P">&lt;</span> <span class="K">&amp;</span>b</pre>\n'
    )


def test_every_piece_of_code_stands_on_its_page_as_written(own_site):
    """Marks, spans and buttons leave the text alone."""
    for slug in (found := Course(ROOT)).slugs:
        chapter = read(found, slug)
        written = [c.source.strip() for c in chapter.cells if c.kind == "code" and c.role not in ("solution", "hidden-check")]
        there = [code.strip() for code in code_on(own_site / "book" / f"{slug}.html")]
        missing = [code for code in written if code not in there]
        assert not missing, missing[:1]


# Weight.


SHIFT = """window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(e => {
    if (!e.hadRecentInput) window.shift += e.value })).observe({ type: "layout-shift", buffered: true })"""


@pytest.mark.parametrize("width", [390, 1536])
def test_a_page_is_light_and_stands_still(own_site, serve, visit, width):
    """At most 400 kB compressed in 20 requests until the page is there, 400 kB read to its end; nothing moves on the way."""
    base = serve(own_site)
    for name in pages(own_site)[:-1]:
        page, answers = visit("about:blank", width=width), []
        page.on("response", lambda response: answers.append(response))
        page.add_init_script(SHIFT)
        page.goto(base + name, wait_until="networkidle")
        first = len(answers)
        for part in range(1, 9):
            page.evaluate(f"scrollTo({{ top: document.body.scrollHeight * {part} / 8, behavior: 'instant' }})")
            page.wait_for_timeout(60)
        page.wait_for_load_state("networkidle")
        weight = sum(len(gzip.compress(answer.body())) for answer in answers)
        assert first <= 20 and weight <= 400_000, (name, first, weight, [answer.url for answer in answers])
        assert page.evaluate("window.shift") < 0.02, (name, page.evaluate("window.shift"))
        unused = re.compile("fontawesome|bootstrap|thebe|design|toggle|copybutton|searchindex|clipboard")
        assert not [answer.url for answer in answers if unused.search(answer.url)]


def test_a_slow_machine_paints_columns_where_they_stay(own_site, serve, visit):
    """Painted by parts, the first panel of a row stands in its own column before the others are there."""
    page = visit("about:blank", width=1536)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page.add_init_script(SHIFT)
    base = serve(own_site)
    for longest in sorted((own_site / "book").glob("*.html"), key=lambda file: -file.stat().st_size)[:4]:
        page.goto(base + longest.name, wait_until="load", timeout=60_000)
        assert page.evaluate("window.shift") < 0.02, longest.name


def test_a_page_arrives_by_parts_and_ends_whole(own_site, serve, visit):
    """From the top, later sections wait; to a heading, nothing does. Both pages end as high, the heading at the top."""
    base, heights = serve(own_site), []
    waited = "document.documentElement.hasAttribute('data-arriving')"
    for heading, waits in (("", True), ("#what-to-read-next", False)):
        page = visit("about:blank")
        page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ window.waited = {waited} }})")
        page.goto(f"{base}autodiff.html{heading}", wait_until="networkidle")
        page.wait_for_function(f"!{waited}")
        assert page.evaluate("window.waited") is waits
        skipped = page.locator(".bd-article section").evaluate_all("all => all.filter(one => getComputedStyle(one).contentVisibility !== 'visible').length")
        assert skipped == 0
        heights.append(page.evaluate("document.documentElement.scrollHeight"))
    assert heights[0] == heights[1]
    assert 0 <= page.locator("#what-to-read-next > h2").bounding_box()["y"] < 120


def test_code_is_measured_when_it_is_seen(address, visit):
    """What can be scrolled is in the order of the Tab key; a panel that is off is not laid out to find out."""
    page = visit(address + "picture.html?framework=keras", width=390)
    off = page.locator(".panel.tensorflow pre")
    expect(page.locator(".panel.keras pre[tabindex]").first).to_be_visible()
    assert off.evaluate_all("all => all.filter(pre => pre.hasAttribute('tabindex')).length") == 0
    page.keyboard.press("2")
    expect(page.locator(".panel.tensorflow pre[tabindex='0']").first).to_be_visible()
    reached = "all => all.filter(pre => pre.hasAttribute('tabindex')).map(pre => [pre.tabIndex === 0, pre.scrollWidth > pre.clientWidth])"
    assert all(is_reached == scrolls for is_reached, scrolls in off.evaluate_all(reached))


def test_search_still_finds(address, visit):
    """The parts that other pages do without are there where they are needed."""
    page = visit(address + "../search.html?q=wallaby")
    page.locator("#search-results a", has_text="Pictures and formulas").first.click()
    page.wait_for_url("**/picture.html*")


def test_icons_are_drawn_in_the_styles(address, visit):
    """Every icon of the theme that a page has is a picture, not an empty place."""
    for name, width in (("small.html", 390), ("small.html", 1536), ("index.html", 1536)):
        page = visit(address + name, width=width)
        masks = page.locator("[class*=fa-]").evaluate_all("all => all.map(i => [i.className, getComputedStyle(i).maskImage])")
        assert masks and all("data:image/svg" in mask for _, mask in masks), masks


@pytest.mark.parametrize("mark, parts", [(":::{admonition} More\n:class: dropdown\nText.\n:::", "toggle"), ("::::{tab-set}\n:::{tab-item} One\nText.\n:::\n::::", "design")])
def test_a_page_that_uses_a_part_of_the_theme_has_it(tmp_path, mark, parts):
    """A course's plain page may hold directives of Jupyter Book; other pages stay light."""
    course = site_course(tmp_path / "course")
    (course.root / "_config.yml").write_text((course.root / "_config.yml").read_text() + "parse: {myst_enable_extensions: [colon_fence]}\n")
    (course.root / "book" / "index.md").write_text(f"# Small\n\n{mark}\n")
    assert build(course.root, tmp_path).returncode == 0
    heads = [(tmp_path / "_build" / "html" / "book" / name).read_text().partition("</head>")[0] for name in ("index.html", "small.html")]
    assert [bool(re.search(rf"_static/[^\"]*{parts}", head)) for head in heads] == [True, False]


@pytest.mark.parametrize("width", [390, 1536])
@pytest.mark.parametrize("name", ["book/small.html?framework=keras", "book/picture.html", "verified.html", "search.html"])
def test_what_is_left_of_the_styles_is_what_counts(site, address, visit, name, width):
    """Every element looks as it does with the theme's whole styles."""
    looks = """[...document.querySelectorAll("body, body *:not(dialog *)")].map(e => { const s = getComputedStyle(e);
        return [e.tagName, ...["display", "color", "backgroundColor", "fontSize", "margin", "padding", "width", "position"].map(p => s[p])].join() })"""
    folder = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    whole = "".join((folder if "pydata" in name else site / "_static").joinpath(name).read_text() for name in STYLES)
    page = visit(f"{address}../{name}", width=width)
    light = page.evaluate(looks)
    page.route("**/style.css*", lambda route: route.fulfill(body=whole, content_type="text/css"))
    page.reload()
    assert light == page.evaluate(looks)
    assert (site / "_static" / "style.css").stat().st_size < len(whole) / 3


@pytest.mark.parametrize(
    "css, left",
    [
        (".here,.gone .here{a:b}", ".here{a:b}"),
        (".gone{a:b}p>a{c:d}", "p>a{c:d}"),
        ("@media print{.gone{a:b}.here{c:d}}", "@media print{.here{c:d}}"),
        ("@media print{.gone{a:b}}", ""),
        (".here:not(.gone,.away){a:b}", ".here:not(.gone,.away){a:b}"),
        (':is(.gone){content:"}"}.gone{a:b}', ':is(.gone){content:"}"}'),
        ('@charset "UTF-8";.gone{a:b}', '@charset "UTF-8";'),
        ("@font-face{src:url(../vendor/fontawesome/a.woff2)}", ""),
        (".here\\:wide{a:b}", ""),
        ("@keyframes gone{from{a:b}to{a:c}}", "@keyframes gone{from{a:b}to{a:c}}"),
    ],
)
def test_only_rules_that_can_apply_are_kept(css, left):
    assert trimmed(css, {"here"}) == left


def test_names_are_those_of_the_pages_as_they_are_now(tmp_path):
    """A page is read once, and again when it was written again; one that is gone counts no more."""
    page, other, kept = tmp_path / "site" / "a.html", tmp_path / "site" / "b.html", tmp_path / "names.json"
    page.parent.mkdir()
    for time, text, names in ((1, '<p class="one two">', {"one", "two"}), (2, '<p id="three">', {"three"})):
        page.write_text(text)
        os.utime(page, ns=(time, time))
        other.write_text('<p class="four">')
        assert page_names(page.parent, kept) == names | {"four"}
    other.unlink()
    page.write_text("is not read: as old as before")
    os.utime(page, ns=(time, time))
    assert page_names(page.parent, kept) == {"three"}
    kept.write_text("[")
    assert page_names(page.parent, kept) == set()


# Accessibility, once more.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("on", ["keras", "keras,pytorch", "keras,tensorflow,pytorch"])
def test_every_state_is_accessible(address, visit, scheme, on):
    """One to three columns, differences marked; then the help open."""
    for name in ("small.html", "picture.html"):
        page = visit(f"{address}{name}?framework={on}", color_scheme=scheme)
        page.keyboard.press("d")
        for step in ("marked", "help"):
            found = violations(page)
            assert not found, (name, step, found)
            page.keyboard.press("?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("on", ["pytorch", "keras,tensorflow,pytorch"])
def test_marked_code_of_this_course_is_legible(own_site, serve, visit, scheme, on):
    """Contrast of all code of a chapter, with the differences marked."""
    page = visit(f"{serve(own_site)}loops.html?framework={on}", color_scheme=scheme)
    page.keyboard.press("d")
    assert not violations(page, context=".panels", rules=["color-contrast"])


def test_at_200_percent_everything_is_there(address, visit):
    """1280 px at 200 % are 640: no sideways scrolling, the bar in one line, all panels to read."""
    page = visit(address + "picture.html?framework=keras,tensorflow,pytorch", width=640, height=450, device_scale_factor=2)
    assert sideways(page) <= 0 and shown(page) == ALL
    assert len({round(b.bounding_box()["y"]) for b in page.locator(".frameworks button").all()}) == 1


def test_landmarks_and_the_order_of_the_focus(address, visit):
    """One main; the skip link first, then the bar in its order; nothing moves where motion is unwanted."""
    page = visit(address + "small.html", reduced_motion="reduce")
    expect(page.get_by_role("main")).to_have_count(1)
    page.keyboard.press("Tab")
    assert "main-content" in page.evaluate("document.activeElement.href")
    names = []
    for _ in range(9):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"))
    bar = [name.split("\n")[0] for name in names if name]
    assert [name for name in bar if name in (*ALL, words.DIFFERS, words.KEYS)] == [*ALL, words.DIFFERS, words.KEYS], bar
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_alternative_text_says_what_a_picture_shows(own_site):
    """A sentence, and not the caption or the file's name again."""
    for path in (own_site / "book").glob("*.html"):
        for figure in re.findall(r"<figure.*?</figure>", path.read_text(), re.S):
            alt = html.unescape(re.search(r'alt="([^"]*)"', figure)[1])
            caption = html.unescape(re.sub("<[^>]+>", "", (re.findall(r"<figcaption.*</figcaption>", figure, re.S) or [""])[0])).strip(" #\n")
            assert len(alt.split()) >= 6 and alt.strip() != caption, (path.name, alt)
            assert not re.match(r"(?i)(an? )?(image|picture) of", alt) and not re.search(r"\.(svg|png)", alt), (path.name, alt)


# Trust.


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """The small course's site as GitHub Actions builds it, for the address of its own page."""
    folder = tmp_path_factory.mktemp("published")
    course = site_course(folder / "course")
    assert build(course.root, folder, GITHUB_REPOSITORY="us/course").returncode == 0
    return folder / "_build" / "html"


def test_each_page_links_its_source_its_runs_and_a_form(published, visit):
    """The form knows the page and, of the frameworks that are on, the versions."""
    for name in ("index", "small", "picture"):
        page = visit((published / "book" / f"{name}.html").as_uri() + "?framework=keras,pytorch")
        source = page.get_by_role("link", name=words.SOURCE)
        expect(source).to_have_attribute("href", f"https://github.com/us/course/blob/published/book/{name}.md")
        expect(page.get_by_role("link", name=words.VERIFIED, exact=True)).to_have_count(1)
        report = page.get_by_role("link", name=words.REPORT)
        report.click(button="right")
        address = urlsplit(report.get_attribute("href"))
        asked = parse_qs(address.query)
        assert address.geturl().startswith("https://github.com/us/course/issues/new?")
        body = asked["body"][0]
        assert f"Page: book/{name}.html" in body and asked["title"][0].strip(": ")
        assert [label for label in ALL if f"{label} panel" in body] == ([] if name == "index" else ["Keras", "PyTorch"])


def test_a_report_names_versions(published):
    page = (published / "book" / "small.html").read_text()
    body = parse_qs(urlsplit(html.unescape(re.search(r'class="report" href="([^"]+)"', page)[1])).query)["body"][0]
    ran = load(published.parents[1] / "course" / "notebooks" / "pytorch" / "small.ipynb")["metadata"]["triptych"]["ran"]
    for package, version in ran["versions"].items():
        assert f"{package} {version}" in body


def test_without_a_repository_no_link_leads_nowhere(site):
    """No source, no form; Verified is on every page."""
    for path in (site / "book").glob("*.html"):
        text = path.read_text()
        assert "github.com" not in text and "sitemap" not in text and "og:image" not in text
        assert 'verified.html"' in text


def test_published_anchors_stay(own_site):
    """Every heading that readers may link to is still there, and the list knows every heading."""
    now, gone, new = compare(Course(ROOT))
    assert not gone + new, "\n".join(map(str, gone + new))
    for slug, names in now.items():
        there = set(re.findall(r'id="([^"]+)"', (own_site / "book" / f"{slug}.html").read_text()))
        assert set(names) <= there, (slug, set(names) - there)


def test_a_lost_anchor_is_named_until_something_stands_for_it(tmp_path):
    """The command adds what is new; what is gone stays in the list and is a problem."""
    course = small.course(tmp_path)
    assert [problem.message.split()[0] for problem in compare(course)[2]] and not add_anchors(course)
    assert compare(course)[1:] == ([], [])
    small.edit(course.source("small"), "## The steps below", "## Steps")
    gone, new = compare(Course(tmp_path))[1:]
    assert "#the-steps-below" in gone[0].message and "upkeep anchors" in new[0].message and len(gone) == len(new) == 1
    assert add_anchors(Course(tmp_path)) == gone and "the-steps-below" in listed(course).read_text()
    small.edit(course.source("small"), "## Steps", '<a id="the-steps-below"></a>\n\n## Steps')
    assert compare(Course(tmp_path))[1:] == ([], [])


# What browsers, search engines and other sites see.


def test_titles_say_chapter_and_course(site):
    """The front page says the course once."""
    titles = {name: re.search("<title>(.*?)</title>", (site / "book" / f"{name}.html").read_text())[1] for name in ("index", "small")}
    assert titles == {"index": "Small", "small": "A small chapter &#8212; Small"}


def test_each_page_describes_itself(published, own_site):
    """A description everywhere; absolute addresses only where the site has one."""
    text = (published / "book" / "small.html").read_text()
    for tag in (
        '<meta name="description" content="Which sum is it? See the steps." />',
        '<meta property="og:title" content="A small chapter" />',
        '<meta property="og:image" content="https://us.github.io/course/_static/card.png" />',
        '<meta property="og:url" content="https://us.github.io/course/book/small.html" />',
        '<link rel="canonical" href="https://us.github.io/course/book/small.html" />',
    ):
        assert tag in text, tag
    assert (published / "_static" / "card.png").read_bytes()[16:24] == b"\0\0\x04\xb0\0\0\x02\x76"  # 1200 by 630
    for path in (own_site / "book").glob("*.html"):
        about = re.search('<meta name="description" content="([^"]*)"', path.read_text())
        assert about and 20 < len(html.unescape(about[1])) <= 162, path.name


def test_the_map_of_the_site_lists_every_page(published, site):
    """Where the address is known; each place exists."""
    places = re.findall("<loc>https://us.github.io/course/(.*?)</loc>", (published / "sitemap.xml").read_text())
    assert {"book/index.html", "book/small.html", "book/picture.html", "verified.html"} == set(places)
    assert all((published / place).exists() for place in places) and not (site / "sitemap.xml").exists()


def test_the_page_for_lost_readers_leads_on(published, address, visit):
    """Served at any depth, its styles and links work where the site's address is known."""
    assert '<base href="/course/" />' in (published / "404.html").read_text()
    page = visit(address + "../404.html")
    expect(page.get_by_role("heading", name=words.NOT_FOUND)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Small").click()
    expect(page.get_by_role("heading", name="Small")).to_be_visible()


def test_each_chapter_ends_with_the_next(own_site):
    """In the order of the table of contents."""
    slugs = [slug for slug in Course(ROOT).toc]
    for slug, following in zip(slugs, slugs[1:]):
        end = (own_site / "book" / f"{slug}.html").read_text().rpartition('class="prev-next-area"')[2]
        assert re.search(rf'class="right-next"\s+href="{following}.html"', end), slug


def test_the_favicon_is_there(address, visit):
    page = visit(address + "small.html")
    answer = page.request.get(page.evaluate("document.querySelector('link[rel=icon]').href"))
    assert answer.ok and "svg" in answer.headers["content-type"]
