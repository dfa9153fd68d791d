"""The page *Verified* says what the notebooks' own records say, and no more."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from small import CHAPTER, ROOT, TOGETHER, course, edit, environment, pretend

from triptych import words
from triptych.chapter import read
from triptych.notebook import digest, load
from triptych.upkeep.record import keep
from triptych.verified import collected, figure, runs

CONFIG = 'title: Small\nexecute: {{execute_notebooks: "off"}}\nsphinx:\n  local_extensions: {{triptych.page: {0}}}\n'


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A course of two chapters with records of a GPU, of Keras on torch, and of other versions."""
    made = course(
        tmp_path_factory.mktemp("verified"), CHAPTER + TOGETHER, other=CHAPTER.replace("A small chapter", "Another one")
    )
    pretend(made)
    about = {"date": "2026-10-01", "python": "3.13.0", "hardware": "Some <processor>", "versions": {"torch": "2.13.0"}}
    now = {name: digest(load(made.notebook(name, "small"))) for name in ("keras", "pytorch")}
    torch = {
        "small": {"passed": True, "seconds": 3.2, "digest": now["keras"]},
        "other": {"passed": True, "seconds": 1, "digest": "an older one"},
    }
    keep(
        made.root / "data/backends/keras-torch.json",
        about | {"framework": "keras", "backend": "torch", "notebooks": torch},
    )
    on_gpu = {"small": {"passed": False, "seconds": 4.5, "peak_mib": 200, "digest": now["pytorch"]}}
    keep(made.root / "data/gpu/pytorch.json", about | {"framework": "pytorch", "driver": "1.2", "notebooks": on_gpu})
    trial = {
        "ran": 4,
        "skipped": ["pytorch"],
        "absent": {"torch": "2.11.0"},
        "problems": [],
        "differences": ["book/small.md:3: keras: was `<1`, is `2`"],
    }
    keep(made.root / "data/versions/colab-2026-08.json", about | trial)
    (made.root / "_config.yml").write_text(CONFIG.format(ROOT))
    return made


@pytest.fixture(scope="module")
def page(recorded):
    """The page's text, without its markup, of a site built as anyone would."""
    command = [Path(sys.executable).parent / "jupyter-book", "build", ".", "-W", "--quiet"]
    done = subprocess.run(command, cwd=recorded.root, capture_output=True, text=True, timeout=200, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    html = (recorded.root / "_build/html/verified.html").read_text()
    return html[html.index("<h1>") : html.index("</article>")]


def known(made):
    """Slug to `runs`, as a build would collect them."""
    return {slug: runs(made, read(made, slug)) for slug in made.slugs}


def rows(html: str, section: str) -> dict[str, list[str]]:
    """Title of each notebook in a section's table to the text of its cells."""
    table = html[html.index(f'<section id="{section}">') :].split("</table>")[0]
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in table.split("<tr>")[2:]]
    plain = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in found]
    return {row[0]: row[1:] for row in plain}


def test_every_notebook_is_there_with_its_record(recorded, page):
    """Passed, seconds, date, versions and hardware are those that the notebook itself holds."""
    for name in ("keras", "tensorflow", "pytorch"):
        said = rows(page, name)
        assert list(said) == ["A small chapter", "Another one"]
        ran = load(recorded.notebook(name, "small"))["metadata"]["triptych"]["ran"]
        verdict, seconds, date, hardware = said["A small chapter"][:4]
        assert (verdict, seconds, date, hardware) == (words.PASSED, f"{ran['seconds']} s", ran["date"], ran["hardware"])
        every = sorted([*ran["versions"].items(), ("Python", ran["python"])], key=lambda item: item[0].lower())
        assert f"<p>{words.RAN_WITH.format(versions=', '.join(map(' '.join, every)))}</p>" in page[page.index(f'id="{name}"') :]
    assert list(rows(page, "together")) == ["A small chapter"]
    assert 'href="book/small.html"' in page


def test_a_notebook_that_ran_with_another_version_says_so(tmp_path):
    """One line of versions stands for all notebooks, so who departs from it must say so itself."""
    made = course(tmp_path, CHAPTER, other=CHAPTER, third=CHAPTER)
    pretend(made)
    found = known(made)
    found["other"]["notebooks"]["pytorch"]["ran"]["versions"] = {"torch": "2.0.0"}
    found["third"]["notebooks"]["pytorch"]["ran"] = {}
    found["small"]["notebooks"]["pytorch"]["ran"]["versions"] = {"torch": "2.13.0"}
    found["small2"] = found["small"]
    group = next(group for group in collected(made, found)["notebooks"] if group["name"] == "pytorch")
    assert group["versions"]["torch"] == "2.13.0"
    assert [row["unlike"] for row in group["rows"]] == [{}, {"torch": "2.0.0"}, {}, {}]


def test_runs_elsewhere_are_shown_beside_it(page):
    """A record of an earlier version of the notebook proves nothing about this one, and is not shown as passed."""
    assert rows(page, "keras")["A small chapter"][-1] == f"{words.PASSED}, 3.2 s"
    assert rows(page, "keras")["Another one"][-1] == words.EARLIER
    assert rows(page, "pytorch")["A small chapter"][-1] == f"{words.FAILED}, 4.5 s, 200 MiB"
    assert rows(page, "pytorch")["Another one"][-1] == words.NOT_RUN
    assert ">torch CPU<" in page and ">GPU<" in page


def test_other_versions_are_summed_up(page):
    """What was not there is named, and the lines that differ can be opened; nothing is taken for markup."""
    trial = page[page.index('<section id="versions">') :]
    assert words.TRIAL.format(ran=4, failed=0, different=1) in trial and "torch 2.11.0; PyTorch" in trial
    assert "was `&lt;1`" in trial and "Some &lt;processor&gt;" in page


def test_a_stale_or_absent_notebook_has_not_passed(tmp_path):
    """The page never says of code that it passed when other code did."""
    made = course(tmp_path / "course")
    pretend(made)
    edit(made.source("small"), "total = sum(numbers)  # keras", "total = 0 + sum(numbers)  # keras")
    made.notebook("tensorflow", "small").unlink()
    verdicts = {group["name"]: group["rows"][0]["verdict"] for group in collected(made, known(made))["notebooks"]}
    assert verdicts["keras"].startswith("is stale") and verdicts["tensorflow"] == "has not run yet"
    assert verdicts["pytorch"] == words.PASSED


def test_a_record_that_cannot_be_read_is_left_out(tmp_path):
    """A file cut short by a full disk must not end the build."""
    made = course(tmp_path / "course")
    pretend(made)
    broken = made.root / "data" / "gpu" / "pytorch.json"
    broken.parent.mkdir(parents=True)
    broken.write_text('{"framework": ')
    assert all(not group["places"] for group in collected(made, known(made))["notebooks"])


def test_the_figure_counts_what_passed_and_what_did_not(tmp_path):
    """The front page's one line: a notebook that is stale has not passed."""
    made = course(tmp_path, CHAPTER)
    pretend(made)
    assert figure(known(made)).startswith("3 notebooks, 3 passed, the last run on 2")
    edit(made.source("small"), "total = sum(numbers)  # keras", "total = sum(numbers) + 0  # keras")
    assert figure(known(made)).startswith("3 notebooks, 2 passed")
