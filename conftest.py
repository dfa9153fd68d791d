"""What `pytest --nbval` compares, and where its kernels work: loaded because it lies in the course's root."""

import os
import tempfile
from pathlib import Path

import pytest

from triptych.chapter import read
from triptych.course import Course
from triptych.execute import CELL_SECONDS, KERNEL_ARGUMENTS
from triptych.notebook import NOT_RUN, code_cells, load
from triptych.same import Printed, masked

ROOT = Path(__file__).parent
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def place(notebook, identity):
    """`book/<slug>.md:<line>: <framework>` of a notebook's cell: what to open when it fails."""
    chapter = read(Course(notebook.parents[2]), notebook.stem)
    line = next((cell.line for cell in chapter.cells if chapter.cell_id(cell) == identity), 1)
    return f"{chapter.path}:{line}: {notebook.parent.name}"


def pytest_configure(config):
    """Teach nbval the course's rule of sameness, and give each of its kernels an empty folder."""
    if not config.pluginmanager.hasplugin("nbval"):
        return
    from nbval import kernel, plugin

    class CourseKernelManager(kernel.KernelManager):
        """Starts kernels as `triptych run` does."""

        def start_kernel(self, **options):
            self.folder = tempfile.TemporaryDirectory(prefix="triptych-", ignore_cleanup_errors=True)
            together = Path(options["cwd"]).name == "together"
            options |= {"cwd": str(ROOT) if together else self.folder.name, "extra_arguments": KERNEL_ARGUMENTS}
            return super().start_kernel(**options)

        def shutdown_kernel(self, **options):
            super().shutdown_kernel(**options)
            self.folder.cleanup()

    def sanitize(cell, text):
        """A text that compares by sameness; numbers masked where they vary."""
        if not isinstance(text, str):
            return text
        return Printed(masked(text) if "varies" in cell.cell.metadata.get("tags", []) else text)

    def compare(self, test, ref, skip_compare=None):
        """Compare as nbval does; a cell that could not run here is listed as skipped, not as passed."""
        if [output.get("text", "").strip() for output in test] == [NOT_RUN]:
            pytest.skip(f"{place(self.path, self.cell['id'])}: {NOT_RUN}")
        return outputs_equal(self, test, ref, skip_compare)

    report = plugin.IPyNbCell.repr_failure
    outputs_equal = plugin.IPyNbCell.compare_outputs
    kernel.KernelManager = CourseKernelManager
    plugin.IPyNbCell.sanitize = sanitize
    plugin.IPyNbCell.compare_outputs = compare
    plugin.IPyNbCell.repr_failure = lambda cell, error: f"{place(cell.path, cell.cell['id'])}: {report(cell, error)}"
    config.option.nbval_cell_timeout = min(float(config.option.nbval_cell_timeout), CELL_SECONDS)


def pytest_collection_modifyitems(items):
    """Exempt from comparison: the versions cell, and on a backend that is not the stored one what depends on it."""
    for item in items:
        if hasattr(item, "cell_num"):
            item.parent.skip_compare = (*item.parent.skip_compare, "image/svg+xml")
            exempt = {"versions"} | ({"varies"} if os.environ.get("TRIPTYCH_GPU") else set())
            if item.path.parent.name == "keras" and os.environ["KERAS_BACKEND"] != "tensorflow":
                exempt |= {"backend", "varies"}
            if exempt & set(item.cell.metadata.get("tags", [])):
                item.options["check"] = False


@pytest.hookimpl(tryfirst=True)
def pytest_collect_file(file_path, parent):
    """A notebook that was not executed would pass with nothing compared: refuse it."""
    option = parent.config.option
    if file_path.suffix == ".ipynb" and (getattr(option, "nbval", False) or getattr(option, "nbval_lax", False)):
        notebook = load(file_path)
        if notebook is None or any(cell["execution_count"] is None for cell in code_cells(notebook)):
            raise pytest.UsageError(f"{file_path}: has code cells that never ran: run `python -m triptych run {file_path.stem}`")
