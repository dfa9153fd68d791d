"""The site in a real browser: the choice of frameworks, layout, and what stands on a page."""

import json
import re

import pytest
from playwright.sync_api import expect
from sites import ALL, NO_STORAGE, arrived, build, button, pages, shown, sideways, site_course, violations

from triptych import words
from triptych.course import FRAMEWORKS
from triptych.notebook import load

# Every page.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["site", "own_site"])
def test_every_page_is_accessible_and_stays_at_home(which, scheme, request, serve, visit):
    """axe finds nothing; no other host is asked; no console error; 390 px are wide enough, in one line of buttons.

    In the dark axe is asked for contrast alone: no other rule sees a colour.
    """
    folder = request.getfixturevalue(which)
    base = serve(folder)
    for name in pages(folder):
        page = visit(base + name, color_scheme=scheme)
        found = violations(page, rules=["color-contrast"] if scheme == "dark" else ())
        assert not found, (name, json.dumps(found, indent=1))
        page.set_viewport_size({"width": 390, "height": 800})
        assert sideways(page) <= 0, name
        tops = {round(b.bounding_box()["y"]) for b in page.locator(".bd-header-article button:visible").all()}
        assert len(tops) <= 3 and all(top < 56 for top in tops), (name, tops)


@pytest.mark.parametrize("which", ["site", "own_site"])
def test_every_page_works_from_a_folder(which, request, visit):
    """Opened as files: the same pages, without a server."""
    folder = request.getfixturevalue(which)
    for name in pages(folder):
        page = visit((folder / "book" / name).as_uri())
        if page.locator(".frameworks").count():
            button(page, "Keras").click()
            assert shown(page) == ["TensorFlow", "PyTorch"]
            page.reload()
            assert shown(page) == ["TensorFlow", "PyTorch"]


# The choice.


@pytest.mark.parametrize("width, expected", [(1280, ALL), (1279, ["Keras"]), (390, ["Keras"])])
def test_first_visit_shows_as_many_as_fit(address, visit, width, expected):
    """Where one is shown, a line says that there are two more, until a choice is made."""
    page = visit(address + "small.html", width=width)
    more = page.get_by_text(words.MORE)
    assert shown(page) == expected and more.is_visible() == (len(expected) == 1)
    button(page, "PyTorch").click()
    assert not more.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_choice_is_made_before_the_first_paint(address, visit, scheme):
    """Frameworks and colours are there when the body begins, so nothing jumps or flashes."""
    page = visit("about:blank", width=390, color_scheme=scheme)
    watch = "new MutationObserver(() => document.body && (window.early ??= { ...document.documentElement.dataset }))"
    page.add_init_script(f"{watch}.observe(document, {{childList: true, subtree: true}})")
    page.goto(address + "small.html")
    early = page.evaluate("window.early")
    assert (early["frameworks"], early["theme"]) == ("keras", scheme)


def test_toggles_switch_and_say_so(address, visit):
    """Each button has its framework's exact name and says whether it is pressed; the address follows."""
    page = visit(address + "small.html?highlight=sum")
    for name in ALL:
        expect(button(page, name)).to_have_attribute("aria-pressed", "true")
    button(page, "TensorFlow").click()
    expect(button(page, "TensorFlow")).to_have_attribute("aria-pressed", "false")
    assert shown(page) == ["Keras", "PyTorch"]
    assert page.url.endswith("?highlight=sum&framework=keras,pytorch")


def test_the_last_one_on_stays_on(address, visit):
    page = visit(address + "small.html?framework=pytorch")
    button(page, "PyTorch").click()
    assert shown(page) == ["PyTorch"]
    expect(button(page, "PyTorch")).to_have_attribute("aria-pressed", "true")


def test_the_choice_is_kept_over_reloads_and_pages(address, visit):
    page = visit(address + "small.html")
    button(page, "Keras").click()
    page.reload()
    assert shown(page) == ["TensorFlow", "PyTorch"]
    page.goto(address + "picture.html")
    assert shown(page) == ["TensorFlow", "PyTorch"]
    button(page, "TensorFlow").click()
    page.go_back()
    assert shown(page) == ["PyTorch"], "an older address does not undo the last choice"


@pytest.mark.parametrize(
    "asked, expected",
    [("pytorch,keras", ["Keras", "PyTorch"]), ("tensorflow", ["TensorFlow"]), ("jax", ALL), ("", ALL)],
)
def test_the_address_chooses(address, visit, asked, expected):
    """A link may say what to show; what it does not know is left out."""
    page = visit(f"{address}small.html?framework={asked}")
    assert shown(page) == expected
    page.goto(address + "picture.html")
    assert shown(page) == expected


def test_the_keyboard_is_enough(address, visit):
    """Tab reaches the buttons, in order; space and enter switch; the focus can be seen."""
    page = visit(address + "small.html")
    button(page, "Keras").focus()
    page.keyboard.press("Tab")
    expect(button(page, "TensorFlow")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Space")
    assert shown(page) == ["Keras", "PyTorch"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert shown(page) == ["Keras"]


@pytest.mark.parametrize("asked", ["keras", "keras,tensorflow"])
def test_what_is_read_stays_in_its_place(address, visit, asked):
    """Switching changes the height of the panels above, not what is under the reader's eyes."""
    page = visit(f"{address}small.html?framework={asked}", width=700, height=300)
    heading = page.get_by_role("heading", name="Twice")
    arrived(page)
    page.evaluate("scrollTo(0, document.querySelector('#twice').offsetTop - 60)")
    assert heading.bounding_box()["y"] < 100
    before, at = heading.bounding_box()["y"], button(page, "TensorFlow").bounding_box()
    page.mouse.click(at["x"] + 9, at["y"] + 9)  # the test driver's own click would scroll first
    assert len(shown(page)) != len(asked.split(","))
    assert abs(heading.bounding_box()["y"] - before) < 3


def test_without_storage_the_page_still_works(address, visit):
    """Browsers that forbid storage keep the choice as long as the page."""
    page = visit("about:blank")
    page.add_init_script(NO_STORAGE)
    page.goto(address + "small.html")
    button(page, "Keras").click()
    assert shown(page) == ["TensorFlow", "PyTorch"]


# Off, but findable.


def test_panels_that_are_off_leave_no_trace(address, visit):
    """No height, no column, no place in the tab order or for screen readers."""
    page = visit(address + "small.html?framework=keras")
    off = page.locator(".panel.tensorflow").first
    expect(off).to_have_attribute("hidden", "until-found")
    box = off.bounding_box()
    assert box is None or box["height"] == 0
    row = page.locator(".panels").first.bounding_box()
    assert page.locator(".panel.keras").first.bounding_box()["height"] == pytest.approx(row["height"] - 24, abs=1)  # its margin


def test_the_browsers_find_opens_a_panel_that_is_off(address, visit):
    """A text fragment, as find does, switches the framework on."""
    page = visit(address + "picture.html?framework=keras")
    page.goto(address + "picture.html?framework=keras#:~:text=a%20wallaby%20in%20TensorFlow")
    page.wait_for_function("document.documentElement.dataset.frameworks === 'keras tensorflow'")
    assert shown(page) == ["Keras", "TensorFlow"]
    expect(button(page, "TensorFlow")).to_have_attribute("aria-pressed", "true")


# Layout.


@pytest.mark.parametrize("width", [1280, 1440, 1536, 1920])
@pytest.mark.parametrize("on", [ALL, ["Keras", "PyTorch"]])
def test_columns_stand_beside_each_other(address, visit, width, on):
    """Equal in width and aligned at the top, broken out of the reading column, in every row; nothing scrolls sideways."""
    page = visit(f"{address}small.html?framework={','.join(on).lower()}", width=width)
    for row in page.locator(".panels").all():
        boxes = [panel.bounding_box() for panel in row.locator(".panel").all() if panel.is_visible()]
        assert len(boxes) == len(on)
        assert len({round(box["y"]) for box in boxes}) == 1 and len({round(box["width"]) for box in boxes}) == 1
        left, right = boxes[0]["x"], boxes[-1]["x"] + boxes[-1]["width"]
        assert boxes == sorted(boxes, key=lambda box: box["x"])
        assert left >= 0 and right <= width and right - left > 46 * 16
    assert page.locator("article p:visible").first.bounding_box()["width"] <= 46 * 16
    assert sideways(page) <= 0


def test_72_characters_of_code_fit_a_column_at_1920(address, visit):
    page = visit(address + "small.html", width=1920)
    room = page.locator(".panel pre").first.evaluate(
        """pre => { const style = getComputedStyle(pre), canvas = document.createElement("canvas").getContext("2d");
        canvas.font = `${style.fontSize} ${style.fontFamily}`;
        return (pre.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) / canvas.measureText("m").width }"""
    )
    assert room >= 72


def test_one_on_is_a_normal_page(address, visit):
    """Sidebars beside it, the panel as wide as the text."""
    page = visit(address + "small.html?framework=pytorch", width=1440)
    expect(page.locator("#pst-primary-sidebar")).to_be_visible()
    expect(page.locator("#pst-secondary-sidebar")).to_be_visible()
    assert page.locator(".panel.pytorch").first.bounding_box()["width"] == pytest.approx(46 * 16, abs=1)


@pytest.mark.parametrize("side, link", [("primary", "Pictures and formulas"), ("secondary", "Exercises")])
def test_sidebars_fold_away_and_open_over_the_page(address, visit, side, link):
    """Beside columns the buttons open them; Escape closes; the page below does not move."""
    page = visit(address + "small.html", width=1440)
    sidebar, opener = page.locator(f"#pst-{side}-sidebar"), page.locator(f".{side}-toggle")
    expect(sidebar).not_to_be_visible()
    before = page.locator("h1").first.bounding_box()
    opener.click()
    expect(sidebar.get_by_role("link", name=link)).to_be_visible()
    assert page.locator("article h1").first.bounding_box() == pytest.approx(before) or before is None
    page.keyboard.press("Escape")
    expect(sidebar).not_to_be_visible()
    opener.click()
    page.mouse.click(720, 600)
    expect(sidebar).not_to_be_visible()


def test_on_a_phone_panels_stack_and_names_are_short(address, visit):
    """Full names stay for screen readers; long lines scroll in their own block."""
    page = visit(address + "picture.html?framework=keras,tensorflow", width=390)
    boxes = [page.locator(f".panel.{name}").first.bounding_box() for name in ("keras", "tensorflow")]
    assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]
    assert button(page, "TensorFlow").inner_text().split()[-1] == "TF"
    assert button(page, "TensorFlow").bounding_box()["width"] < 70
    scrolls = page.locator(".panel.tensorflow pre").nth(1).evaluate("pre => pre.scrollWidth > pre.clientWidth")
    assert scrolls and sideways(page) <= 0


def test_without_javascript_all_three_are_there(address, visit):
    """Beside each other, with no dead buttons, and with the way to other pages."""
    page = visit(address + "small.html", java_script_enabled=False)
    panels = page.locator(".panels").first.locator(".panel")
    assert [panel.locator(".framework").inner_text() for panel in panels.all() if panel.is_visible()] == ALL
    assert len({round(panel.bounding_box()["y"]) for panel in panels.all()}) == 1
    expect(page.locator(".frameworks")).not_to_be_visible()
    expect(page.get_by_role("link", name="Pictures and formulas").first).to_be_visible()
    colours = page.locator(".source span").evaluate_all("spans => spans.map(span => getComputedStyle(span).color)")
    assert len(set(colours)) > 3, "code has its colours"
    assert sideways(page) <= 0


def test_on_paper_all_three_are_there(address, visit):
    """Under each other, the buttons gone, long lines broken."""
    page = visit(address + "picture.html?framework=keras", width=800)
    page.emulate_media(media="print")
    assert shown(page) == ALL
    assert page.get_by_text("a wallaby").last.bounding_box()["height"] > 0
    for name in ALL:
        expect(page.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    expect(page.locator(".frameworks")).not_to_be_visible()
    assert sideways(page) <= 0
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("article p:visible").first.evaluate("p => getComputedStyle(p).color") == "rgb(0, 0, 0)"


# What stands on a page.


def test_a_page_of_prose_is_a_plain_page(address, visit):
    """No buttons, no notebooks, its sidebars beside it, whatever the choice."""
    page = visit(address + "index.html")
    expect(page.locator(".frameworks, .notebooks, .ran")).to_have_count(0)
    expect(page.locator("#pst-primary-sidebar")).to_be_visible()


def test_shared_output_stands_once_and_says_so(address, visit):
    page = visit(address + "small.html")
    result = page.locator(".result", has_text="total 6.2500 of 3")
    expect(result).to_have_count(1)
    expect(result.get_by_text(words.SAME)).to_be_visible()
    expect(page.get_by_text("The total is 6.2500, of 3 numbers.")).to_be_visible()


def test_each_shows_code_once_and_three_outputs(address, visit):
    page = visit(address + "small.html")
    expect(page.locator(".source", has_text='"one of"')).to_have_count(1)
    outputs = [page.locator(f".panel.{name} .result", has_text="one of").inner_text().strip() for name in FRAMEWORKS]
    assert outputs == ["one of ['keras']", "one of ['tf']", "one of ['torch']"]


def test_together_stands_once_whatever_is_on(address, visit):
    page = visit(address + "small.html?framework=pytorch")
    expect(page.locator(".result", has_text="'tensorflow': 6.25")).to_be_visible()


def test_numbers_that_vary_say_where_they_were_measured(address, visit, course):
    """Each framework has its own, with hardware and date."""
    ran = load(course.notebook("pytorch", "picture"))["metadata"]["triptych"]["ran"]
    page = visit(address + "picture.html")
    for name in FRAMEWORKS:
        result = page.locator(f".panel.{name} .result", has_text="seconds")
        expect(result.get_by_text(f"measured on {ran['hardware']}, {ran['date']}")).to_be_visible()
    expect(page.locator(".result", has_text="seconds").get_by_text(words.SAME)).to_have_count(0)


def test_an_exercise_shows_what_to_do_and_no_more(address, visit):
    """Title, points, starter of each framework, check and its verdict, in one frame."""
    page = visit(address + "small.html")
    frame = page.locator(".exercise")
    expect(frame).to_have_count(1)
    expect(frame.get_by_role("heading", name="Twice")).to_be_visible()
    expect(frame.locator(".points")).to_have_text(re.compile(r"^1 point\b.*double a number"))
    expect(frame.locator(".panel .source", has_text="your turn")).to_have_count(3)
    expect(frame.get_by_text("double: not yet: 2 gives another")).to_be_visible()
    expect(frame.get_by_text("wrong elsewhere")).to_have_count(0)


def test_folded_cells_open(address, visit):
    """Drawing code and long dumps are there on demand, without script."""
    page = visit(address + "picture.html", java_script_enabled=False)
    for summary, text in ((words.SHOW_CODE, '"drawn by keras"'), (words.SHOW_OUTPUT, "a long dump 39")):
        expect(page.get_by_text(text)).not_to_be_visible()
        page.get_by_text(summary).click()
        expect(page.get_by_text(text)).to_be_visible()


def test_a_figure_has_alternative_text_and_caption(address, visit):
    page = visit(address + "picture.html")
    picture = page.get_by_role("img", name="A line that rises from left to right.")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 320
    expect(page.locator("figure figcaption em")).to_have_text("Keras")


def test_a_figure_is_legible_in_the_dark(address, visit):
    """The black line on white is drawn light on the page's dark colour."""
    page = visit(address + "picture.html", color_scheme="dark")
    look = "image => (({ filter, mixBlendMode, backgroundColor }) => [filter, mixBlendMode, backgroundColor])(getComputedStyle(image))"
    style = page.locator("figure img").evaluate(look)
    assert style[0].startswith("invert(1)") and style[1] == "screen" and style[2] == "rgba(0, 0, 0, 0)"


def test_formulas_are_set_at_build_time(address, visit):
    """Without JavaScript, in the fonts that come along, and as MathML for screen readers."""
    page = visit(address + "picture.html", java_script_enabled=False)
    expect(page.locator(".katex-display")).to_have_count(1)
    expect(page.locator(".katex-error")).to_have_count(0)
    assert page.locator("math").count() == 3
    page = visit(address + "picture.html")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Math'))")
    assert page.evaluate("[...document.fonts].some(font => font.family === 'KaTeX_Math' && font.status === 'loaded')")


def test_only_code_has_a_copy_button(address, visit):
    page = visit(address + "small.html")
    assert page.locator(".source button.copy").count() == page.locator(".source").count() == page.locator(".source pre").count() > 0
    expect(page.locator(".result button.copy")).to_have_count(0)


def test_links_and_footnotes_arrive(address, visit):
    """Links between chapters, to headings and to footnotes; bare words are none."""
    page = visit(address + "picture.html")
    assert page.get_by_role("link", name="keras.io").count() == 0
    expect(page.get_by_text("A footnote.")).to_be_visible()
    page.get_by_role("link", name="to the steps").click()
    assert page.url.endswith("small.html#the-steps-below")


def test_the_page_says_what_it_last_ran_with(address, visit, course):
    """Versions, date and processor of each framework shown."""
    page = visit(address + "small.html?framework=keras")
    ran = load(course.notebook("keras", "small"))["metadata"]["triptych"]["ran"]
    last = page.get_by_role("region", name=words.LAST_RUN)
    row = last.get_by_role("row").filter(has_text="Keras")
    versions = [f"{package} {version}" for package, version in ran["versions"].items()]
    for said in (ran["date"], ran["hardware"], f"Python {ran['python']}", *versions):
        expect(row).to_contain_text(said)
    expect(last.get_by_text("PyTorch")).not_to_be_visible()


def test_each_notebook_can_be_downloaded(address, visit, course):
    """The stored notebook itself, under a name that says which it is; only for frameworks that are on."""
    page = visit(address + "small.html?framework=keras,pytorch")
    for name, label in zip(FRAMEWORKS, ALL):
        link = page.get_by_role("link", name=f"{words.DOWNLOAD} {label}")
        if name == "tensorflow":
            expect(link).to_have_count(0)
            continue
        with page.expect_download() as started:
            link.click()
        assert started.value.suggested_filename == f"small-{name}.ipynb"
        assert started.value.path().read_bytes() == course.notebook(name, "small").read_bytes()


def test_without_a_repository_there_is_no_colab_button(site):
    assert "colab.research" not in (site / "book" / "small.html").read_text()


@pytest.mark.parametrize(
    "config, environment",
    [("repository: {url: 'https://github.com/us/course'}\n", {}), ("", {"GITHUB_REPOSITORY": "us/course"})],
)
def test_with_a_repository_each_framework_opens_in_colab(tmp_path, visit, config, environment):
    """From `_config.yml`, or in GitHub Actions from the environment; links lead to the branch `published`."""
    course = site_course(tmp_path / "course")
    (course.root / "_config.yml").write_text(config + (course.root / "_config.yml").read_text())
    assert build(course.root, tmp_path, **environment).returncode == 0
    page = visit((tmp_path / "_build" / "html" / "book" / "small.html").as_uri())
    for name, label in zip(FRAMEWORKS, ALL):
        link = page.get_by_role("link", name=f"{words.OPEN_IN_COLAB} {label}")
        target = f"https://colab.research.google.com/github/us/course/blob/published/notebooks/{name}/small.ipynb"
        expect(link).to_have_attribute("href", target)
