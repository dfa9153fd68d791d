"""The page on which the reader draws a digit: three runtimes in a real browser, and what there is without them."""

import base64
import gzip
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import small
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sites import build, sideways
from small import ROOT

from triptych import runtimes, words
from triptych.chapter import read
from triptych.check import check
from triptych.course import FRAMEWORKS, Course
from triptych.drawing import MARK, files
from triptych.notebook import code_cells, load, store, text_of

COURSE = Course(ROOT)
NEEDED = pytest.mark.skipif(bool(runtimes.missing(COURSE)), reason="the runtimes are not here: `make book` fetches them from npm")
# Notes every memory that WebAssembly gets.
HEAPS = """window.heaps = new Set();
const Real = WebAssembly.Memory, note = (it) => it instanceof Real && heaps.add(it);
WebAssembly.Memory = new Proxy(Real, { construct(_, given) { const made = new Real(...given); note(made); return made; } });
for (const name of ["instantiate", "instantiateStreaming"]) {
  const real = WebAssembly[name];
  WebAssembly[name] = async (...given) => {
    const made = await real.apply(WebAssembly, given);
    Object.values((made.instance || made).exports).forEach(note);
    return made;
  };
}"""
SIZES = "[...heaps].map((heap) => heap.buffer.byteLength).concat(tf.memory().numTensors)"
ASK = """async ([framework, rows, times]) => {
  const { models } = document.querySelector(".draw").drawing, found = [];
  for (let n = 0; n < times; n++) for (const row of rows) found.push(await models[framework](Float32Array.from(row)));
  return found.slice(0, rows.length);
}"""


def start(page):
    """Load the runtimes, as a reader does."""
    page.get_by_role("button", name=words.DRAW["load"]).click()
    page.wait_for_function("document.querySelector('.draw-status').textContent === " + json.dumps(words.DRAW["ready"]), timeout=90_000)


def kept(framework):
    """The twenty images that a notebook keeps, with Python's probabilities."""
    return json.loads(files(COURSE, "browser", framework)["examples.json"])


def draw(page, *strokes):
    """Strokes by pointer, as corners on the canvas, from an empty paper."""
    page.get_by_role("button", name=words.DRAW["clear"]).click()
    paper = page.locator(".draw-paper canvas")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    for corners in strokes:
        for number, corner in enumerate(corners):
            page.mouse.move(*(box[side] + at for side, at in zip("xy", corner)), steps=4 if number else 1)
            if not number:
                page.mouse.down()
        page.mouse.up()


def say(digit):
    """What the status says when all agree."""
    return words.DRAW["agree"].partition("{digit}")[0].format(n=3) + str(digit)


@pytest.fixture
def page(own_site, serve, visit):
    """The chapter's page, with what notes the memory."""
    page = visit("about:blank", width=1536)
    page.add_init_script(HEAPS)
    page.goto(serve(own_site) + "browser.html")
    return page


@NEEDED
def test_the_browser_answers_as_python_and_frees_what_it_used(page):
    """Equal on twenty digits within 1e-5, in all three, and with each other; memory after many more runs as before.

    TensorFlow.js counts its tensors. A heap of WebAssembly grows only when it is full, and one tensor
    of ten numbers that LiteRT.js does not free shows after some 50,000 runs; so it runs 70,000 times.
    """
    start(page)
    answers = {}
    for framework in FRAMEWORKS:
        examples = kept(framework)
        assert len(examples["counts"]) == 20 and sorted(set(examples["digits"])) == list(range(10))
        answers[framework] = np.array(page.evaluate(ASK, [framework, examples["counts"], 1]))
        assert abs(answers[framework] - examples["probabilities"]).max() < 1e-5, framework
    apart = max(abs(one - other).max() for one in answers.values() for other in answers.values())
    assert apart < 1e-5
    before = page.evaluate(SIZES)
    for framework in FRAMEWORKS:
        page.evaluate(ASK, [framework, kept(framework)["counts"], 5 if framework == "tensorflow" else 3500])
    assert page.evaluate(SIZES) == before and len(before) > 2


@NEEDED
def test_a_free_number_of_rows_is_refused_as_the_chapter_says(page):
    """Python answers from this file; LiteRT.js loads and compiles it, and fails when it runs."""
    start(page)
    said = page.evaluate(
        """async () => {
          const place = document.querySelector(".draw"), folder = JSON.parse(place.dataset.folders)["@litertjs/core"];
          const { loadAndCompile, Tensor } = await import(new URL(`${place.dataset.runtimes}${folder}/dist/index.js`, location.href));
          const model = await loadAndCompile(`${place.dataset.models}keras/free.tflite`, { accelerator: "wasm" });
          return model.run([new Tensor(new Float32Array(64), [1, 64])]).then(() => "it answers", (error) => error.message);
        }"""
    )
    quoted = "TensorBuffer ranked tensor type Float32[1, 64] does not match expected ranked tensor type Float32[-1, 64]"
    assert quoted in said and quoted in COURSE.source("browser").read_text(encoding="utf-8")


WHOLE = """async () => {
  const place = document.querySelector(".draw"), folders = JSON.parse(place.dataset.folders);
  const module = (name, path) => import(new URL(`${place.dataset.runtimes}${folders[name]}/${path}`, location.href));
  const { loadAndCompile } = await module("@litertjs/core", "dist/index.js");
  const ort = await module("onnxruntime-web", "dist/ort.wasm.min.mjs");
  const file = (name) => new URL(place.dataset.models + name, location.href).href;
  const found = { keras: await loadAndCompile(file("keras/whole.tflite"), { accelerator: "wasm" }).catch((error) => error.message) };
  const graph = await tf.loadGraphModel(file("tensorflow/whole/model.json"));
  const session = await ort.InferenceSession.create(file("pytorch/whole.onnx"), { executionProviders: ["wasm"] });
  const asks = {
    async tensorflow(values) { return (await graph.predict(tf.tensor2d(values, [1, 64], values instanceof Int32Array ? "int32" : undefined)).data())[0]; },
    async pytorch(values) {
      const type = { Float32Array: "float32", Int32Array: "int32", BigInt64Array: "int64" }[values.constructor.name];
      const { probabilities } = await session.run({ pixels: new ort.Tensor(type, values, [1, 64]) });
      return probabilities.data[0];
    },
  };
  for (const [framework, ask] of Object.entries(asks)) {
    found[framework] = {};
    for (const values of [new Float32Array(64).fill(3), new Int32Array(64).fill(3), new BigInt64Array(64).fill(3n)])
      found[framework][values.constructor.name] = await ask(values).catch((error) => String(error.message || error));
  }
  return found;
}"""


@NEEDED
def test_whole_numbers_of_64_bits_are_taken_as_the_chapter_says(page):
    """LiteRT.js does not load the file, TensorFlow.js takes 32 bits, onnxruntime-web 64."""
    start(page)
    found = page.evaluate(WHOLE)
    lite, graph, onnx = (found[framework] for framework in FRAMEWORKS)
    assert lite == "Element type INT64 is not supported." and lite in COURSE.source("browser").read_text(encoding="utf-8")
    assert "int32" in graph["Float32Array"] and graph["Int32Array"] == 192 and isinstance(graph["BigInt64Array"], str), graph
    assert isinstance(onnx["Float32Array"], str) and isinstance(onnx["Int32Array"], str) and onnx["BigInt64Array"] == 192, onnx


def test_the_lines_that_the_chapter_quotes_are_those_that_run():
    """The loaders in the panels, line by line."""
    script = [line.strip() for line in (ROOT / "triptych" / "static" / "draw.js").read_text(encoding="utf-8").splitlines()]
    fences = re.findall(r"^```text\n(.*?)^```", COURSE.source("browser").read_text(encoding="utf-8"), re.M | re.S)
    assert len(fences) >= 3
    for fence in fences:
        quoted = [line.strip() for line in fence.splitlines()]
        assert any(script[at : at + len(quoted)] == quoted for at in range(len(script))), fence


@NEEDED
def test_the_sizes_that_are_said_are_true():
    """Of the files, packed as in Python; and the chapter's figure was drawn from this list."""
    printed = "\n".join(text_of(cell["outputs"]) for cell in code_cells(load(COURSE.notebook("together", "browser"))))
    sums = dict.fromkeys(words.RUNTIMES.values(), 0)
    for package in runtimes.packages(COURSE):
        for file in package["files"]:
            content = (runtimes.cache(COURSE) / runtimes.place(package) / file["path"]).read_bytes()
            packed = len(gzip.compress(content, 9, mtime=0))
            assert len(content) == file["bytes"] and abs(packed - file["gzip"]) < 0.02 * packed, file
            sums[package["runtime"]] += file["gzip"] if file["first"] else 0
    for name, size in sums.items():
        assert re.search(rf"{re.escape(name)} +runtime {size / 1e6:.1f} MB", printed), (name, size, printed)
        assert f"{name} `{size / 1e6:.1f}` MB" in COURSE.source("browser").read_text(encoding="utf-8")


@NEEDED
def test_nothing_is_fetched_before_the_reader_asks(own_site, serve, visit):
    """The size is said first; then all comes from this site: `visit` refuses other hosts."""
    page, asked = visit("about:blank"), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(serve(own_site) + "browser.html", wait_until="networkidle")
    assert not [url for url in asked if "/runtimes/" in url or "/models/" in url] and len(asked) <= 20
    expect(page.locator(".draw-start")).to_contain_text("MB")
    licences = {link.inner_text(): page.request.get(link.evaluate("link => link.href")).text() for link in page.locator(".draw-start a").all()}
    assert "Apache License" in licences["Apache-2.0"] and "Copyright (c) Microsoft" in licences["MIT"]
    start(page)
    assert len([url for url in asked if "/runtimes/" in url]) >= 8 and len([url for url in asked if "/models/" in url]) == 4
    page.get_by_role("button", name=words.DRAW["sample"].format(digit=4)).click()
    expect(page.locator(".draw-status")).to_contain_text(words.DRAW["meant"].format(digit=4))
    assert asked[-1].endswith("/keras/examples.json")


@pytest.fixture(scope="module")
def chapter():
    """What the chapter's shared setup cells define."""
    defined = {}
    for cell in read(COURSE, "browser").cells:
        if cell.place == "shared" and "setup" in cell.tags:
            exec(cell.source, defined)
    return defined


def test_the_page_sees_what_python_sees(page, chapter):
    """The preprocessing in JavaScript gives the counts of the chapter's, exactly."""
    random = np.random.default_rng(2)
    for number, scan in enumerate(kept("keras")["counts"]):
        size = int(random.integers(20, 200))
        top, left = random.integers(0, 256 - size, size=2)
        canvas = chapter["drawing"](np.float32(scan), size, top, left, limit=number % 13)
        pixels = base64.b64encode(canvas.tobytes()).decode()
        found = page.evaluate("text => [...document.querySelector('.draw').drawing.levels(Uint8Array.from(atob(text), (c) => c.charCodeAt()))]", pixels)
        assert found == chapter["levels"](canvas).tolist()


SEVEN = [(80, 60), (120, 55), (170, 60), (150, 120), (120, 180), (110, 215)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1536])
@NEEDED
def test_a_drawing_is_answered_and_legible(own_site, serve, visit, width, scheme):
    """A seven, drawn by pointer; then a sample; axe finds nothing, and nothing is too wide."""
    page = visit(serve(own_site) + "browser.html", width=width, color_scheme=scheme)
    start(page)
    draw(page, SEVEN)
    expect(page.locator(".draw-status")).to_contain_text(say(7))
    page.get_by_role("button", name=words.DRAW["sample"].format(digit=4)).click()
    expect(page.locator(".draw-status")).to_contain_text(f"{words.DRAW['meant'].format(digit=4)} {say(4)}")
    apart = re.findall(r"at most (\S+)[.]", page.locator(".draw-status").inner_text())
    assert len(apart) == 2 and max(map(float, apart)) < 1e-5  # between the three, and from Python
    shares = page.locator(".draw [data-framework=pytorch] .draw-share").all_inner_texts()
    assert abs(sum(map(float, shares)) - 1) < 0.01 and float(shares[4]) == max(map(float, shares))
    violations = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
    assert not violations, json.dumps([(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in violations], indent=1)
    assert sideways(page) <= 0


@NEEDED
def test_digits_as_people_write_them_are_read(page):
    """Straight sevens, one of them barred, a one with its flag, and a four that is open at the top."""
    start(page)
    drawings = [
        (7, [(80, 60), (170, 60), (140, 130), (120, 215)]),
        (7, [(80, 60), (175, 60), (115, 215)], [(95, 135), (165, 135)]),
        (1, [(95, 100), (135, 50), (135, 210)]),
        (4, [(110, 55), (75, 140), (175, 140)], [(140, 90), (140, 215)]),
    ]
    for digit, *strokes in drawings:
        draw(page, *strokes)
        expect(page.locator(".draw-status")).to_contain_text(say(digit))
    page.get_by_role("button", name=words.DRAW["clear"]).click()
    expect(page.locator(".draw-status")).to_have_text(words.DRAW["empty"])
    assert set(page.locator(".draw-share").all_inner_texts()) == {"–"}


def test_before_loading_a_tap_inks_and_the_page_says_what_to_do(page):
    """A drawing and a sample show what the models would see, and how to get an answer."""
    draw(page, [(128, 128)])
    expect(page.locator(".draw-model canvas")).to_have_attribute("aria-label", re.compile(": .*16"))
    if runtimes.missing(COURSE):
        return
    expect(page.locator(".draw-status")).to_have_text(words.DRAW["first"])
    page.get_by_role("button", name=words.DRAW["sample"].format(digit=8)).click()
    expect(page.locator(".draw-status")).to_have_text(f"{words.DRAW['meant'].format(digit=8)} {words.DRAW['first']}")


def test_the_page_s_own_keys_are_off_on_the_canvas(page):
    """There a digit takes a sample; elsewhere it switches a framework."""
    paper, shown = page.locator(".draw-paper canvas"), "document.documentElement.dataset.frameworks"
    before = page.evaluate(shown)
    for key in ("d", "?", "2"):
        paper.press(key)
    expect(page.locator(".draw-status")).to_contain_text(words.DRAW["meant"].format(digit=2))
    assert page.evaluate(shown) == before and not page.locator("dialog.keys").is_visible()
    assert not page.evaluate("document.documentElement.hasAttribute('data-differs')")
    page.locator(".draw-clear").press("2")
    assert page.evaluate(shown) != before


def test_the_keyboard_draws(page):
    """The square moves, inks, and the paper is cleared; what the models see says so, without any runtime."""
    paper, seen = page.locator(".draw-paper canvas"), page.locator(".draw-model canvas")
    paper.focus()
    for key in ("ArrowUp", "Space", "ArrowDown", "Space", "ArrowDown", "Space"):
        paper.press(key)
    row = "0 0 8 16 16 4 0 0"  # a bar of three squares is a third as wide as it is high
    expect(seen).to_have_attribute("aria-label", words.DRAW["counts"].format(counts=" ".join([row] * 8)))
    for key in ("Space", "ArrowUp", "Space", "ArrowUp", "Space"):  # a second time it wipes
        paper.press(key)
    expect(seen).to_have_attribute("aria-label", words.DRAW["empty"])
    paper.press("Space")
    paper.press("Delete")
    expect(seen).to_have_attribute("aria-label", words.DRAW["empty"])


@NEEDED
def test_a_browser_without_webassembly_gets_a_sentence(own_site, serve, visit):
    """Two runtimes say that they need it; the third is JavaScript, and answers."""
    page = visit("about:blank")
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(serve(own_site) + "browser.html")
    start(page)
    for framework in ("keras", "pytorch"):
        expect(page.locator(f".draw [data-framework={framework}]")).to_contain_text("no WebAssembly")
    page.get_by_role("button", name=words.DRAW["sample"].format(digit=0)).click()
    expect(page.locator(".draw-status")).to_contain_text(words.DRAW["one"].format(name="TensorFlow.js", digit=0))


def test_samples_that_do_not_come_are_a_sentence(page):
    """And come when they are asked for again."""
    page.route("**/examples.json", lambda route: route.fulfill(body="no such file"))
    sample = page.get_by_role("button", name=words.DRAW["sample"].format(digit=3))
    sample.click()
    expect(page.locator(".draw-status")).to_have_text(words.DRAW["lost"])
    page.unroute("**/examples.json")
    sample.click()
    expect(page.locator(".draw-status")).to_contain_text(words.DRAW["meant"].format(digit=3))


def test_the_runtimes_are_here():
    """Without them, what needs them is skipped: that must not pass for a run."""
    lacking = [runtimes.place(package) for package in runtimes.missing(COURSE)]
    assert not lacking, f"{lacking}: run `python -m triptych.runtimes`, which says why"


@NEEDED
def test_a_runtime_that_does_not_come_leaves_the_others(own_site, serve, browser):
    page = browser.new_context().new_page()
    page.route("**/tf-converter*", lambda route: route.abort())
    page.goto(serve(own_site) + "browser.html")
    start(page)
    expect(page.locator(".draw [data-framework=tensorflow]")).to_contain_text("TensorFlow.js cannot run")
    page.get_by_role("button", name=words.DRAW["sample"].format(digit=3)).click()
    expect(page.locator(".draw-status")).to_contain_text("All 2 say 3")
    page.context.close()


@NEEDED
def test_from_a_folder_the_page_says_what_to_do(own_site, visit):
    page = visit((own_site / "book" / "browser.html").as_uri())
    expect(page.locator(".draw-status")).to_have_text(words.DRAW["folder"])
    expect(page.get_by_role("button", name=words.DRAW["load"])).to_be_disabled()


def test_without_javascript_a_sentence_stands_there(own_site, serve, visit):
    page = visit(serve(own_site) + "browser.html", java_script_enabled=False)
    expect(page.get_by_text(words.DRAW["script"])).to_be_visible()
    expect(page.locator(".draw canvas").first).not_to_be_visible()


def test_other_pages_do_without_the_script(own_site):
    pages = {path.stem: "draw.js" in path.read_text(encoding="utf-8") for path in (own_site / "book").glob("*.html")}
    assert [name for name, has in pages.items() if has] == ["browser"]


# What the page is made from.


def test_the_page_has_the_files_of_the_notebooks(own_site):
    for framework in FRAMEWORKS:
        written = files(COURSE, "browser", framework)
        folder = own_site / "_static" / "models" / "browser" / framework
        assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")} == written and len(written) > 1


def test_a_file_that_no_run_has_written_fails_check(tmp_path):
    """Files are among a notebook's results, and those are fingerprinted."""
    course = small.course(tmp_path, small.CHAPTER.replace("results: [total]", "results: [total, files]").replace("```\n\n## The steps", 'files = {"model.bin": "AAAA"}\n```\n\n## The steps', 1))
    small.pretend(course)
    assert check(course) == []
    path = course.notebook("keras", "small")
    notebook = load(path)
    notebook["metadata"]["triptych"]["results"]["files"]["model.bin"] = "AAAB"
    store(path, notebook)
    assert ["notebooks/keras/small.ipynb was edited by hand" in problem.message for problem in check(course)] == [True]


@pytest.fixture
def bare(tmp_path):
    """A small course whose page has the place to draw, and a list of one package that nobody has."""
    course = small.course(tmp_path / "course", small.CHAPTER.replace("# A small chapter\n", f"# A small chapter\n\n{MARK}<p>On the page, draw.</p></div>\n"))
    with (course.root / "_config.yml").open("a") as config:
        config.write(f"sphinx:\n  local_extensions: {{triptych.page: {ROOT}}}\n")
    listed = {"name": "none-such", "version": "1.0.0", "runtime": "LiteRT.js", "licence": "MIT", "integrity": "sha512-x", "files": [{"path": "a.js", "bytes": 3, "gzip": 23, "first": True}]}
    (course.root / "data" / "licences").mkdir(parents=True)
    (course.root / "data" / "runtimes.json").write_text(json.dumps({"packages": [listed]}))
    small.pretend(course)
    return course


def test_without_the_runtimes_the_page_says_so(bare, tmp_path, serve, visit):
    """One can still draw, and see what the models would."""
    assert build(bare.root, tmp_path, "-W").returncode == 0
    page = visit(serve(tmp_path / "_build" / "html") + "small.html")
    expect(page.get_by_text(words.DRAW["absent"])).to_be_visible()
    expect(page.get_by_role("button", name=words.DRAW["load"])).to_have_count(0)
    page.locator(".draw-paper canvas").press("Space")
    expect(page.locator(".draw-model canvas")).to_have_attribute("aria-label", re.compile(": .*16"))


def test_runtimes_that_come_later_are_found(bare, tmp_path):
    """The next build has them, and no file of a model that is gone."""
    build(bare.root, tmp_path)
    stray = tmp_path / "_build" / "html" / "_static" / "models" / "gone.bin"
    stray.parent.mkdir()
    stray.touch()
    (package,) = runtimes.packages(bare)
    folder = runtimes.cache(bare) / runtimes.place(package)
    folder.mkdir(parents=True)
    (folder / "a.js").write_text("abc")
    assert build(bare.root, tmp_path, "-W").returncode == 0
    html = tmp_path / "_build" / "html"
    assert words.DRAW["load"] in (html / "book" / "small.html").read_text()
    assert (html / "_static" / "runtimes" / "none-such@1.0.0" / "a.js").read_text() == "abc"
    assert not stray.exists()


def test_what_cannot_be_fetched_is_one_line_and_no_failure(bare, monkeypatch, capsys):
    """Without a network the book is built all the same."""

    def nothing(*_):
        raise OSError("no network")

    monkeypatch.setattr(runtimes, "fetch", nothing)
    assert runtimes.main(str(bare.root)) == 0
    assert capsys.readouterr().err == words.NOT_FETCHED.format(package="none-such@1.0.0", why="no network") + "\n"


def test_another_package_under_the_same_name_is_refused(bare, tmp_path):
    """The hash of what came is compared with the pinned one before anything is unpacked."""
    archive = Path(shutil.make_archive(str(tmp_path / "package"), "gztar", bare.root / "book"))
    (package,) = runtimes.packages(bare)
    target = tmp_path / "unpacked"
    with pytest.raises(ValueError, match="its hash is sha512-.*data/runtimes.json has sha512-x"):
        runtimes.unpack(archive, package, target)
    assert not target.exists()
