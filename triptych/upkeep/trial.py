"""Run every notebook with other versions: it must run and agree; what differs from the stored outputs is listed."""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from ..agree import agree
from ..chapter import Chapter
from ..course import FRAMEWORKS, Course, CourseError, Problem, installed
from ..execute import CELL_SECONDS, Kernels, cores, hardware
from ..notebook import code_cells, imports, load, printed, store
from ..run import execute_all
from ..same import beside, masked, same
from ..weave import weave
from .record import chapters, keep

ENGINE = {"ipykernel", "jupytext", "nbclient", "pyyaml"}  # what running notebooks takes, frameworks aside
BENEATH = {"ray": {"ray[serve]", "pandas", "pyarrow", "pydantic"}}  # what a package imports and does not ask pip for
# What a library logs as information, as absl writes it, is no output of a notebook.
LOGGED = re.compile(r"I\d{4} \d\d:\d\d:[\d.]+ .*\] |WARNING: All log messages before absl::InitializeLog\(\)")
ANYTHING = re.compile("")
DISTRIBUTION = {"keras": "keras", "tensorflow": "tensorflow", "pytorch": "torch"}


def pip(python: str, *arguments: str):
    """`pip install`, quietly. Raises CourseError with the last thing pip complained about."""
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = (
            [line for line in done.stderr.splitlines() if re.match(r"\s*error", line, re.I)]
            or done.stderr.splitlines()
            or ["nothing"]
        )
        raise CourseError(
            f"pip could not install it (no network, a full disk, or no such version?): {said[-1].strip()}; all is as it was"
        )


def try_versions(course: Course, name: str, skip: list[str], python: str | None, say=print) -> int:
    """Make or renew the environment `.venv-<name>`, and run every notebook in it; the trial's exit status.

    name: "newest", or "colab" for the newest file `constraints/colab-*.txt`, whose head names its Python.
    """
    limits = max((course.root / "constraints").glob(f"{name}-*.txt"), default=None)
    wanted = re.search(r"Python (3\.\d+)", limits.read_text(encoding="utf-8")) if limits else None
    if name == "colab" and not wanted:
        raise CourseError("constraints/:1: has no colab-<year>-<month>.txt whose head names its Python: add one")
    folder = course.root / f".venv-{name}"
    inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not inside.exists():
        subprocess.run(
            [interpreter(wanted and wanted.group(1), python), "-m", "venv", "--clear", str(folder)], check=True
        )
    names = sorted(needed(course, skip) | ENGINE)
    say(f"installing {', '.join(names)} into {folder.name}")
    pip(
        str(inside),
        "--upgrade",
        "--upgrade-strategy",
        "eager",
        *(("-c", str(relaxed(limits, skip, folder))) if limits else ()),
        *names,
    )
    command = [
        str(inside),
        "-m",
        "triptych.upkeep",
        "--root",
        str(course.root),
        "trial",
        limits.stem if limits else name,
    ]
    paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment["PATH"] = f"{inside.parent}{os.pathsep}{os.environ['PATH']}"  # programs that packages bring
    return subprocess.run([*command, *(["--skip", *skip] if skip else [])], env=environment).returncode


def interpreter(version: str | None, named: str | None) -> str:
    """A Python to make an environment with: the one named, else this or a newer minor version; `version` is a must."""
    candidates = [named] if named else [f"python{version}"] if version else ["python3.13", "python3.12", sys.executable]
    for candidate in candidates:
        try:
            said = subprocess.run(
                [candidate, "-c", "import sys, venv; print(*sys.version_info[:2], sep='.')"],
                capture_output=True,
                text=True,
            )
        except OSError:
            continue
        if said.returncode == 0 and version in (None, said.stdout.strip()):
            return candidate
    raise CourseError(
        f"no Python {version or '3.13'} found: name one, as in `make test-colab WITH=/usr/bin/python3.13`"
    )


def needed(course: Course, skip: list[str]) -> set[str]:
    """Distributions that the notebooks import, without those of the frameworks skipped."""
    found: set[str] = set()
    for chapter in chapters(course):
        for name in set(chapter.notebooks) - set(skip):
            found |= set(course.versions(imports(weave(course, chapter, name), name)))
    found = found.union(*(BENEATH.get(package, ()) for package in found))
    return found - {DISTRIBUTION[framework] for framework in skip}


def relaxed(limits: Path, skip: list[str], folder: Path) -> Path:
    """The constraints without the frameworks that are skipped, as a file in `folder`."""
    gone = tuple(DISTRIBUTION[framework] + "==" for framework in skip)
    kept = [line for line in limits.read_text(encoding="utf-8").splitlines() if not line.startswith(gone)]
    path = folder / "constraints.txt"
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return path


def trial(course: Course, name: str, skip: list[str], say=print) -> list[Problem]:
    """Run every notebook with the versions installed here, in a copy of the course; nothing stored is touched.

    What fails or disagrees is a problem; what differs from the stored outputs is listed, and kept in
    `data/versions/<name>.json`.
    """
    with tempfile.TemporaryDirectory(prefix="triptych-") as folder:
        copy = without_pins(course, Path(folder))
        problems = run_all(copy, skip, say)
        ran = [(c, n) for c in chapters(copy) for n in c.notebooks if copy.notebook(n, c.slug).exists()]
        silence(copy, ran, LOGGED)
        different = [line for chapter, framework in ran for line in differences(course, copy, chapter, framework)]
        silence(copy, ran, ANYTHING)  # what one framework's version warns of is a difference, not a disagreement
        problems += agree(copy, copy.slugs)
        modules = set().union(*(imports(load(copy.notebook(n, c.slug)), n) for c, n in ran))
        versions = copy.versions(modules)
    limits = course.root / "constraints" / f"{name}.txt"
    wanted = re.findall(r"^([\w.-]+)==(\S+)", limits.read_text(encoding="utf-8"), re.M) if limits.exists() else []
    record = {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "hardware": hardware(),
        "versions": versions,
        "ran": len(ran),
        "skipped": skip,
        "absent": {package: pin for package, pin in wanted if installed([package]).get(package) != pin},
        "problems": [without_paths(course, str(problem)) for problem in problems],
        "differences": [without_paths(course, line) for line in different],
    }
    keep(course.root / "data" / "versions" / f"{name}.json", record)
    say("\n".join(different + summary(name, record)))
    return problems


def without_pins(course: Course, folder: Path) -> Course:
    """A copy of the course without its notebooks, and without its pins, so that no version is wrong."""
    for part in ("_config.yml", "_toc.yml", "book", "data"):
        source = course.root / part
        if source.exists():
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, folder / part)
    return Course(folder)


def run_all(course: Course, skip: list[str], say) -> list[Problem]:
    """Run each notebook but those skipped; then each `together` notebook whose three are there."""
    three = [(chapter, name) for chapter in chapters(course) for name in FRAMEWORKS if name not in skip]
    problems = execute_all(course, three, Kernels(), cores(), CELL_SECONDS, say)
    last = [
        (chapter, "together")
        for chapter in chapters(course)
        if chapter.together and all(course.notebook(name, chapter.slug).exists() for name in FRAMEWORKS)
    ]
    return problems + execute_all(course, last, Kernels(), cores(), CELL_SECONDS, say)


def silence(course: Course, ran: list[tuple[Chapter, str]], unheard: re.Pattern):
    """Drop the lines of stderr that begin so from these stored notebooks."""
    for chapter, name in ran:
        path = course.notebook(name, chapter.slug)
        notebook = load(path)
        for output in [output for cell in code_cells(notebook) for output in cell["outputs"]]:
            if output.get("name") == "stderr":
                lines = "".join(output["text"]).splitlines(keepends=True)
                output["text"] = [line for line in lines if not unheard.match(line)]
        store(path, notebook)


def without_paths(course: Course, line: str) -> str:
    """The line without folders of this machine, which do not belong into a record."""
    return re.sub(rf"{re.escape(tempfile.gettempdir())}/\w+", "a temporary folder", line.replace(f"{course.root}{os.sep}", ""))


def differences(course: Course, copy: Course, chapter: Chapter, framework: str) -> list[str]:
    """Lines of output that are not the same in the stored notebook and in the copy's, a line each."""
    stored, fresh = (load(where.notebook(framework, chapter.slug)) for where in (course, copy))
    old, new = printed(stored), printed(fresh)
    lines, found = {chapter.cell_id(cell): cell.line for cell in chapter.cells}, []
    for cell in code_cells(fresh) if fresh else ():
        identity, rule = cell["id"], masked if "varies" in cell["metadata"].get("tags", []) else str
        if identity in lines and identity in old and not same(rule(old[identity]), rule(new[identity])):
            pairs = [
                (left, right)
                for left, right in beside(old[identity], new[identity])
                if not same(rule(left), rule(right))
            ]
            found += [
                f"{chapter.path}:{lines[identity]}: {framework}: was `{left}`, is `{right}`" for left, right in pairs
            ]
    return found


def summary(name: str, record: dict) -> list[str]:
    """What a trial found, in a few lines."""
    versions = ", ".join(f"{package} {version}" for package, version in record["versions"].items())
    cells = {line.split(": was `")[0] for line in record["differences"]}
    found = [
        f"{name}, Python {record['python']}: {versions}",
        f"notebooks that ran: {record['ran']}; problems: {len(record['problems'])}; cells that differ from the stored outputs: {len(cells)}",
    ]
    found += [f"not run: {', '.join(record['skipped'])}"] if record["skipped"] else []
    return found + [f"not installed: {package} {version}" for package, version in record["absent"].items()]
