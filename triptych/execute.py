"""Execute one notebook in a kernel of its own."""

import json
import os
import platform
import re
import signal
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from . import notebook
from .chapter import Chapter
from .course import FRAMEWORKS, GROUP, PINS, Course, Problem, installed
from .weave import weave

CELL_SECONDS = 300  # a cell that takes longer is stopped
# Figures are stored as SVG, with ids that do not change from run to run.
KERNEL_ARGUMENTS = [
    "--InlineBackend.figure_formats=svg",
    "--InlineBackend.rc=svg.hashsalt=triptych",
    "--HistoryManager.enabled=False",
    "--log-level=40",  # errors only: what a kernel says to its terminal is not part of a notebook
]
os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # matplotlib writes this date, not today's, into an SVG
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # PyTorch's idle threads leave their cores to the notebook beside
KEEP_RESULTS = """\
import json
def plain(value):
    for convert in ("numpy", "tolist"):
        value = getattr(value, convert)() if hasattr(value, convert) else value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
print(json.dumps({name: plain(eval(name)) for name in %r}))"""


class Kernels:
    """The kernels now running, so that all of them can be ended from the main thread."""

    def __init__(self):
        self.clients: set[NotebookClient] = set()
        self.lock = threading.Lock()
        self.stopped = False

    def add(self, client: NotebookClient):
        """Note a client whose kernel has started; ends it at once if everything is being stopped."""
        with self.lock:
            self.clients.add(client)
        if self.stopped:
            self.end(client)

    def end(self, client: NotebookClient):
        """Kill a client's kernel and whatever its cells have started."""
        with self.lock:
            self.clients.discard(client)
        process = getattr(getattr(client.km, "provisioner", None), "process", None) or getattr(client, "kernel_process", None)
        if process is not None:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # a kernel leads a process group of its own
            except (ProcessLookupError, PermissionError):
                pass

    def end_all(self):
        """Kill every kernel, also those about to start."""
        self.stopped = True
        for client in list(self.clients):
            self.end(client)


def execute(course: Course, chapter: Chapter, name: str, kernels: Kernels, seconds: float = CELL_SECONDS) -> tuple[dict | None, list[Problem]]:
    """The executed notebook, or None and one problem that names framework, line, code and error.

    Its kernel works in an empty temporary folder (`together`: in the course's root) and is gone afterwards.
    """
    woven = weave(course, chapter, name)
    wrong = wrong_versions(course, chapter, name, woven)
    if wrong:
        return None, wrong
    node = nbformat.from_dict(woven)
    started, cell = time.monotonic(), node.cells[0]
    # A kernel that is killed may say something about it, which is not for the reader of our one line.
    unheard = tempfile.TemporaryFile()
    with tempfile.TemporaryDirectory(prefix="triptych-", ignore_cleanup_errors=True) as folder, unheard:
        path = str(course.root if name == "together" else folder)
        client = NotebookClient(
            node,
            timeout=seconds,
            kernel_name="python3",
            shutdown_kernel="immediate",  # nothing it would still save is kept, and a goodbye takes up to 2 s
            resources={"metadata": {"path": path}},
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=list(KERNEL_ARGUMENTS),
        )
        try:
            with client.setup_kernel(stderr=unheard):
                client.kernel_process = client.km.provisioner.process
                kernels.add(client)
                for index, cell in enumerate(node.cells):
                    client.execute_cell(cell, index)
                cell = None
                results = keep_results(client, chapter) if name in FRAMEWORKS else {}
        except Exception as error:  # whatever a cell or a kernel does must not end the other runs
            return None, [failure(chapter, name, cell, error, seconds)]
        finally:
            kernels.end(client)
    executed = json.loads(nbformat.writes(node))
    if missed := [cell["id"] for cell in notebook.code_cells(executed) if notebook.text_of(cell["outputs"]).strip() == notebook.NOT_RUN]:
        line = next(c.line for c in chapter.cells if chapter.cell_id(c) == missed[0])
        return None, [chapter.problem(line, f"{name}: a cell was not run for want of a C++ compiler: install one (Debian: g++)")]
    for cell in executed["cells"]:
        cell["source"] = "".join(cell["source"])
    executed["metadata"] = woven["metadata"] | {"triptych": record(course, name, woven, time.monotonic() - started)}
    executed["metadata"]["triptych"]["results"] = results
    executed["metadata"]["triptych"]["digest"] = notebook.digest(executed)
    return executed, []


def wrong_versions(course: Course, chapter: Chapter, name: str, woven: dict) -> list[Problem]:
    """Problems for pinned packages whose installed version is another: their outputs must not be stored."""
    pins = course.versions(notebook.imports(woven, name))
    have = installed(pins)
    message = "the {} notebook imports {}, pinned to {}, but {} is installed: install {}"
    return [
        chapter.problem(1, message.format(name, package, pin, have.get(package, "none"), GROUP if package in course.group else PINS))
        for package, pin in pins.items()
        if have.get(package) != pin.split("+")[0]
    ]


def record(course: Course, name: str, woven: dict, seconds: float) -> dict:
    """What a run leaves beside the outputs. `pins` decides staleness; `ran` is for readers."""
    pins = course.versions(notebook.imports(woven, name))
    ran = {
        "date": date.today().isoformat(),
        "hardware": hardware(),
        "python": platform.python_version(),
        "seconds": round(seconds, 1),
        "versions": installed(pins),
    }
    return {"pins": pins, "ran": ran}


def hardware() -> str:
    """The processor's name and the number of cores this process may use."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())
        name = found.group(1) if found else name
    return f"{name}, {cores()} cores"


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keep_results(client: NotebookClient, chapter: Chapter) -> dict:
    """The values of the chapter's `results:` names, as JSON has them; read by a cell that is not kept."""
    if not chapter.results:
        return {}
    cell = nbformat.v4.new_code_cell(KEEP_RESULTS % (list(chapter.results),))
    client.nb.cells.append(cell)
    try:
        client.execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    finally:
        client.nb.cells.pop()
    return json.loads(cell.outputs[-1]["text"])


def failure(chapter: Chapter, name: str, cell, error: Exception, seconds: float) -> Problem:
    """One line for a cell that failed: where, in which framework, the code's line, and the error."""
    source = next((c for c in chapter.cells if cell is not None and chapter.cell_id(c) == cell["id"]), None)
    line, code = 1, "results: in the front matter" if cell is None else "the engine's first cell"
    if source:
        line, code = source.code_line, source.source.splitlines()[0]
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    if isinstance(error, CellExecutionError):
        said = f"{error.ename}: {error.evalue}".strip().splitlines()[0]
        at = re.search(r"Cell In\[\d+\], line (\d+)", re.sub(r"\x1b\[[\d;]*m", "", error.traceback))
        if source and at and int(at.group(1)) <= len(source.source.splitlines()):
            line += int(at.group(1)) - 1
            code = source.source.splitlines()[int(at.group(1)) - 1]
    elif isinstance(error, CellTimeoutError):
        said = f"the cell ran longer than {seconds:g} s: make it shorter"
    elif isinstance(error, DeadKernelError):
        said = "the kernel died in this cell"
    return chapter.problem(line, f"{name}: {said} in `{code.strip()}`")
