"""What the course costs, as ratios taken in one run: `make benchmarks`, or `python benchmarks/run.py [NAME …]`.

Each result goes to `benchmarks/results.json` with machine and date, and from there into the README's table.
"""

import argparse
import gzip
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import chromium  # noqa: E402
import small  # noqa: E402

from triptych.chapter import read  # noqa: E402
from triptych.course import FRAMEWORKS, GROUP, PINS, Course  # noqa: E402
from triptych.execute import hardware  # noqa: E402
from triptych.notebook import code_cells, digest, load, store  # noqa: E402
from triptych.run import settle  # noqa: E402
from triptych.upkeep.publish import end  # noqa: E402

PYTHON = sys.executable
BOOK = [str(Path(PYTHON).parent / "jupyter-book"), "build", ".", "-W", "--quiet"]
LIGHTHOUSE = "lighthouse@13.5.0"
MODEL = "autodiff"  # the chapter that generated courses repeat
# Seconds that a notebook may take on two cores; 40 where nothing is said.
LIMITS = {"compilers": 60, "saving": 60, "onnx": 60, "edge": 60, "browser": 90, "serving": 90}
LIMITS |= {"distribution": 120, "cluster": 120}
LINK = re.compile(r"\[([^\]]*)\]\(([\w-]+)\.md[^)]*\)")  # between chapters
# In a script a figure is drawn as in a notebook, and thrown away.
PRELUDE = """\
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
plt.show = lambda: (plt.savefig("figure.svg", bbox_inches="tight"), plt.close("all"))
"""


def seconds(command, cwd, environment=None) -> float:
    """How long a command takes. Raises CalledProcessError, with its last words, if it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | (environment or {}), capture_output=True, text=True, timeout=3000
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-1500:]}")
    return time.perf_counter() - started


def copied(folder: Path, slugs) -> Course:
    """A copy of this course with these chapters and their notebooks."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("_config.yml", PINS, GROUP, "conftest.py", "pytest.ini"):
        shutil.copyfile(ROOT / name, folder / name)
    if (ROOT / "data").exists():
        shutil.copytree(ROOT / "data", folder / "data")
    shutil.copytree(ROOT / "book" / "pictures", folder / "book" / "pictures")
    listed = "".join(f"- file: book/{slug}\n" for slug in slugs)
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: book/home\nchapters:\n{listed}")
    (folder / "book" / "home.md").write_text("# Home\n")
    for slug in slugs:
        text = (ROOT / "book" / f"{slug}.md").read_text()
        (folder / "book" / f"{slug}.md").write_text(LINK.sub(lambda m: m[0] if m[2] in slugs else m[1], text))
        for path in (ROOT / "notebooks").glob(f"*/{slug}.ipynb"):
            (folder / "notebooks" / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / "notebooks" / path.parent.name / path.name)
    localise(folder)
    return Course(folder)


def localise(folder: Path):
    """Let a course elsewhere load this repository's extension."""
    config = (ROOT / "_config.yml").read_text()
    (folder / "_config.yml").write_text(re.sub(r"(triptych\.\w+): \.", rf"\1: {ROOT}", config))


def repeated(folder: Path, count: int) -> Course:
    """A course of `count` chapters, each the model chapter under another name, with its notebooks."""
    made = copied(folder, [MODEL])
    chapter = read(made, MODEL)
    slugs = [f"chapter-{number}" for number in range(count)]
    for slug in slugs:
        lines = made.source(MODEL).read_text().splitlines()
        for cell in reversed([cell for cell in chapter.cells if cell.kind == "code"]):
            lines.insert(end(cell, lines) - 1, f"# {slug}")  # no two chapters hold the same code
        made.source(slug).write_text("\n".join(lines) + "\n")
        for path in (folder / "notebooks").glob(f"*/{MODEL}.ipynb"):
            notebook = load(path)
            for cell in notebook["cells"]:
                cell["id"] = cell["id"].replace(MODEL, slug, 1)
                if cell["cell_type"] == "code" and not cell["id"].endswith("-versions"):
                    cell["source"] += f"\n# {slug}"
            notebook["metadata"]["triptych"]["digest"] = digest(notebook)
            store(made.notebook(path.parent.name, slug), notebook)
    for path in (made.source(MODEL), *(folder / "notebooks").glob(f"*/{MODEL}.ipynb")):
        path.unlink()
    listed = "".join(f"- file: book/{slug}\n" for slug in slugs)
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: book/home\nchapters:\n{listed}")
    made = Course(folder)
    for slug in slugs:
        settle(made, read(made, slug))  # headers and links name the chapter
    return made


def scripts(course: Course, folder: Path) -> list[Path]:
    """Each notebook's code as a plain script; a cell that writes a file becomes the writing of it."""
    found = []
    for slug in course.slugs:
        for name in read(course, slug).notebooks:
            parts = [PRELUDE]
            for cell in code_cells(load(course.notebook(name, slug))):
                magic = re.match(r"%%writefile (\S+)\n(.*)", cell["source"], re.S)
                parts.append(
                    f"open({magic[1]!r}, 'w').write({magic[2]!r})"
                    if magic
                    else re.sub(r"(?m)^\s*[%!].*$", "", cell["source"])
                )
            path = folder / name / slug / "script.py"
            path.parent.mkdir(parents=True)
            path.write_text("\n".join(parts))
            found.append(path)
    return found


def woven() -> list[str]:
    """The chapters of this course whose notebooks have run."""
    here = Course(ROOT)
    return [slug for slug in here.slugs if all(here.notebook(name, slug).exists() for name in FRAMEWORKS)]


def notebooks(folder: Path, slugs=None):
    """All notebooks one after another, by `run` and by nbval, against the same code as plain scripts.

    Chapter by chapter, so that a machine that becomes slower does so for all three.
    """
    plain = run = nbval = count = 0
    used = {}
    for slug in slugs or woven():
        made = copied(folder / slug, [slug])
        for path in scripts(made, folder / f"{slug}-scripts"):
            plain += seconds([PYTHON, str(path)], made.root if path.parts[-3] == "together" else path.parent)
        run += seconds([PYTHON, "-m", "triptych", "--root", str(made.root), "run", slug, "--force", "--jobs", "1"], ROOT)
        paths = sorted(str(path) for path in (made.root / "notebooks").glob("*/*.ipynb"))
        nbval += seconds([PYTHON, "-m", "pytest", "--nbval", "-q", *paths], made.root, {"PYTHONPATH": str(ROOT)})
        count += len(paths)
        longest = max(load(Path(path))["metadata"]["triptych"]["ran"]["seconds"] for path in paths)
        used[slug] = longest / LIMITS.get(slug, 40)
        print(f"  {slug}: run {run / plain:.3f}, nbval {nbval / plain:.3f} so far; longest {longest:.0f} s", flush=True)
    slug = max(used, key=used.get)
    yield f"`run`, {count} notebooks one by one, over plain scripts", run / plain, 1.15, ""
    yield "nbval over plain scripts", nbval / plain, 1.25, ""
    yield f"the notebook nearest to its limit (*{slug}*, {LIMITS.get(slug, 40)} s), over that limit", used[slug], 1, ""


def site(folder: Path):
    """The site of 30 chapters: built anew, and again after one sentence changed; and `check` of all."""
    made = repeated(folder, 30)
    yield "`check` of 30 chapters", seconds([PYTHON, "-m", "triptych", "--root", str(made.root), "check"], ROOT), 3, "s"
    full = seconds(BOOK, made.root)
    source, times = made.source("chapter-7"), []
    for _ in range(3):  # the middle of three
        source.write_text(source.read_text().replace("\n## ", "\nOne more sentence.\n\n## ", 1))
        times.append(seconds(BOOK, made.root))
    again = sorted(times)[1]
    yield "the site of 30 chapters after one sentence changed", again, 4, "s"
    yield "the same over a full build", again / full, 1 / 3, ""


def growth(folder: Path, sizes=(5, 10, 20, 40)):
    """Build, `run` and nbval of growing courses: the last doubling over the one before, 2 if the cost is linear."""
    found = {"build": [], "run": [], "test": []}
    for size in sizes:
        found["build"].append(seconds(BOOK, repeated(folder / f"real-{size}", size).root))
        more = {f"small{number}": small.CHAPTER for number in range(size - 1)}
        made = small.course(folder / f"small-{size}", small.CHAPTER, **more)
        shutil.copyfile(ROOT / "conftest.py", made.root / "conftest.py")
        found["run"].append(
            seconds([PYTHON, "-m", "triptych", "--root", str(made.root), "run"], ROOT, small.environment())
        )
        test = [PYTHON, "-m", "pytest", "--nbval", "-q", "-n", "auto", "--dist", "loadfile", "notebooks"]
        found["test"].append(seconds(test, made.root, small.environment()))
    draw(sizes, found)
    for name, times in found.items():
        steps = (times[-1] - times[-2]) / (times[-2] - times[-3])
        yield f"`{name}`: cost of chapters {sizes[-2]} to {sizes[-1]} over {sizes[-3]} to {sizes[-2]}", steps, 2.4, ""


def draw(sizes, found):
    """The growth, as a picture beside the results."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "triptych"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 3))
    for name, times in found.items():
        axes.plot(sizes, times, marker="o", label=name)
    axes.set(xlabel="chapters", ylabel="seconds", xlim=(0, None), ylim=(0, None))
    axes.legend()
    figure.savefig(HERE / "growth.svg", bbox_inches="tight", metadata={"Date": None})


def memory(folder: Path, slugs=None):
    """Memory of what `make book` does when everything is stale: the processes' shares, summed, at the peak."""
    made = copied(folder / "course", slugs or woven())
    peak = 0.0
    for command, cwd in (
        ([PYTHON, "-m", "triptych", "--root", str(made.root), "run", "--force"], ROOT),
        (BOOK, made.root),
    ):
        process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            peak = max(peak, sum(map(share, family(process.pid))))
            time.sleep(0.5)
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed: run it by hand to see why")
    yield "memory of `make book`, everything stale, at the peak", peak / 1e6, 6, "GB"


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def share(pid: int) -> int:
    """A process's proportional share of memory, in kB."""
    try:
        return int(re.search(r"(?m)^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1])
    except (OSError, TypeError):
        return 0


def page(folder: Path):
    """What a reader's browser fetches for the model chapter, compressed as a server would."""
    from playwright.sync_api import sync_playwright

    made = copied(folder / "course", [MODEL])
    seconds(BOOK, made.root)
    requests: list = []
    with served(made.root / "_build/html") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1440, "height": 900})
        tab.on("request", lambda request: requests.append(request))
        tab.goto(f"{address}/book/{MODEL}.html", wait_until="networkidle")
        sizes = [len(gzip.compress(request.response().body())) for request in requests]
        browser.close()
    yield "requests of the model chapter's page", len(sizes), 20, ""
    yield "its weight, compressed", sum(sizes) / 1e3, 400, "kB"


def lighthouse(folder: Path):
    """What the model chapter's page lacks for Lighthouse's full marks on its mobile preset; npm fetches Lighthouse."""
    made = copied(folder / "course", [MODEL])
    seconds(BOOK, made.root)
    lacking: dict[str, list] = {}
    with served(made.root / "_build/html") as address:
        for attempt in range(3):  # the middle of three
            report = folder / f"report-{attempt}.json"
            command = [str(Path(PYTHON).with_name("npx")), "--yes", LIGHTHOUSE, f"{address}/book/{MODEL}.html", "--quiet"]
            command += ["--output=json", f"--output-path={report}", "--chrome-flags=--headless=new --no-sandbox"]
            seconds(command, folder, {"CHROME_PATH": chromium.find()})
            for category in json.loads(report.read_text())["categories"].values():
                lacking.setdefault(category["title"], []).append(100 - 100 * (category["score"] or 0))
    for name, limit in (("Performance", 5), ("Accessibility", 0), ("Best Practices", 0), ("SEO", 5)):
        yield f"Lighthouse, {name}: points short of 100", round(sorted(lacking[name])[1]), limit, ""


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves files compressed, as web servers do."""

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        """Send the file that the address names."""
        path = Path(self.translate_path(self.path))
        content = gzip.compress(path.read_bytes()) if path.is_file() else b""
        self.send_response(200 if path.is_file() else 404)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served(folder: Path):
    """The address at which the folder is served on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressing, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


BENCHMARKS = {"notebooks": notebooks, "site": site, "growth": growth, "memory": memory, "page": page, "lighthouse": lighthouse}


def table(results: dict) -> str:
    """The results as the README shows them."""
    lines = ["| what | measured | at most | on |", "| --- | --- | --- | --- |"]
    for result in results.values():
        for row in result["rows"]:
            limit = "" if row["limit"] is None else f"{row['limit']:.3g} {row['unit']}".strip()
            lines.append(
                f"| {row['what']} | {row['value']:.3g} {row['unit']} | {limit} | {result['machine']}, {result['date']} |".replace(
                    "  ", " "
                )
            )
    if "growth" in results:
        lines += ["", "![Time to build, run and test courses of 5 to 40 chapters](benchmarks/growth.svg)"]
    return "\n".join(lines)


def main() -> int:
    """Run the benchmarks named, or all; 1 if one is over its limit."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    names = options.parse_args().names or list(BENCHMARKS)
    path, over = HERE / "results.json", 0
    results = json.loads(path.read_text()) if path.exists() else {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix="triptych-") as folder:
            rows = []
            for what, value, limit, unit in BENCHMARKS[name](Path(folder)):
                rows.append({"what": what, "value": round(value, 4), "limit": limit, "unit": unit})
                over += limit is not None and value > limit
                print(f"{what}: {value:.3g} {unit}" + ("" if limit is None else f" (at most {limit:.3g})"), flush=True)
        results[name] = {"date": date.today().isoformat(), "machine": hardware(), "rows": rows}
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
        show(results)
    return 1 if over else 0


def show(results: dict):
    """Put the table between the README's two marks."""
    readme = ROOT / "README.md"
    text = readme.read_text()
    start, end = "<!-- benchmarks -->", "<!-- end of benchmarks -->"
    if start in text and end in text:
        readme.write_text(f"{text[: text.index(start)]}{start}\n\n{table(results)}\n\n{text[text.index(end) :]}")


if __name__ == "__main__":
    sys.exit(main())
