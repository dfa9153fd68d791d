"""The workflows are well-formed, safe, and say what no machine at hand could run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from triptych.upkeep.__main__ import COMMANDS

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
BIN = Path(sys.executable).parent


def ask(tool: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a checker that lies in this environment."""
    return subprocess.run([str(BIN / tool), *arguments], capture_output=True, text=True, timeout=120)


def schema(*paths: Path) -> subprocess.CompletedProcess:
    """Hold workflows against GitHub's schema, which the checker carries."""
    return ask("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, paths))


def lint(*paths: Path) -> subprocess.CompletedProcess:
    """Look for what makes a workflow unsafe; nothing is asked of the network."""
    return ask(
        "zizmor",
        "--offline",
        "--no-progress",
        "--format",
        "plain",
        "--config",
        str(ROOT / ".github/zizmor.yml"),
        *map(str, paths),
    )


def test_workflows_keep_the_schema_and_the_linter_silent():
    """GitHub would refuse the one when it is too late; the other is how secrets leak."""
    assert {path.stem for path in WORKFLOWS} == {"test", "gpu", "weekly", "publish"}
    checked = schema(*WORKFLOWS)
    assert checked.returncode == 0, checked.stdout
    linted = lint(*WORKFLOWS)
    assert linted.returncode == 0, linted.stdout


def test_the_schema_refuses_a_misspelt_key(tmp_path):
    """A check that passes everything would pass ours too."""
    broken = tmp_path / "test.yml"
    broken.write_text((FOLDER / "test.yml").read_text().replace("runs-on:", "run-on:"))
    checked = schema(broken)
    assert checked.returncode != 0 and "run-on" in checked.stdout


@pytest.mark.parametrize(
    "old, new, finding",
    [
        ("        with:\n          persist-credentials: false\n", "", "artipacked"),
        ("bash .ci/run", "echo ${{ github.event.pull_request.title }}", "template-injection"),
        ("actions/setup-python@v6", "someone/setup-python@v6", "unpinned-uses"),
    ],
)
def test_the_linter_refuses_what_is_unsafe(tmp_path, old, new, finding):
    """The linter still knows what it is there for."""
    text, broken = (FOLDER / "test.yml").read_text(), tmp_path / "test.yml"
    assert old in text
    broken.write_text(text.replace(old, new))
    linted = lint(broken)
    assert linted.returncode != 0 and finding in linted.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_says_that_it_was_not_run(path):
    """A reader must not take for tried what was not."""
    assert path.read_text().startswith("# Written, not run")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_jobs_end_by_themselves_and_may_write_only_where_they_say_so(path):
    """A hanging job costs hours; a token that may write is worth stealing."""
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job or "uses" in job, name


def test_what_the_workflows_call_exists():
    """A renamed command or target would be noticed a week later."""
    text = "\n".join(path.read_text() for path in WORKFLOWS)
    called = set(re.findall(r"triptych\.upkeep (\w+)", text))
    assert called == {"record", "publish"} and called <= set(COMMANDS)
    rules = (ROOT / "Makefile").read_text()
    targets = {*re.findall(r"run: make ([\w./-]+)", text), "test-newest", "test-colab"}
    for target in targets - {".venv/ready"}:
        assert re.search(rf"(?m)^(?:[\w-]+ )*{target}(?: [\w-]+)*:", rules), target


def matrix(workflow: str, job: str) -> dict:
    """The matrix of a job."""
    return yaml.safe_load((FOLDER / f"{workflow}.yml").read_text())["jobs"][job]["strategy"]["matrix"]


def test_the_oldest_and_newest_python_are_tried():
    """What lies between is taken to follow."""
    assert matrix("test", "test")["python"] == ["3.11", "3.13"]


@pytest.mark.parametrize(
    "job", matrix("gpu", "gpu")["include"], ids=lambda job: f"{job['framework']}-{job.get('backend', '')}"
)
def test_each_gpu_job_installs_one_framework(job, tmp_path):
    """The frameworks bring different CUDA libraries; two in one environment break each other."""
    done = subprocess.run(
        ["sed", "-E", job["pins"], str(ROOT / "requirements.txt")], capture_output=True, text=True, check=True
    )
    engine = job.get("backend", {"pytorch": "torch"}.get(job["framework"], job["framework"]))
    left = set(re.findall(r"(?m)^(torch|tensorflow|jax)(?:\[[\w-]+\])?==", done.stdout))
    assert left == {engine}
    assert ("keras==" in done.stdout) is (job["framework"] != "pytorch")
    assert ("[" in json.dumps(re.findall(rf"(?m)^{engine}.*==", done.stdout)[0])) is (engine != "torch")
