"""Run a framework's notebooks by nbval on another ground, a GPU or another backend of Keras, and keep how it went."""

import json
import os
import platform
import re
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

from ..chapter import Chapter, read
from ..course import Course, CourseError, Problem, installed, write_whole
from ..execute import CELL_SECONDS, hardware
from ..notebook import digest, imports, load

# TF32 off, whoever computes; memory taken as it is needed, so that its peak says something.
ON_GPU = {
    "TRIPTYCH_GPU": "1",
    "NVIDIA_TF32_OVERRIDE": "0",
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
USED_MIB = 16  # a device that something was computed on holds at least this much more


def chapters(course: Course) -> list[Chapter]:
    """The chapters that have notebooks."""
    return [chapter for slug in course.slugs if not (chapter := read(course, slug)).plain]


def keep(path: Path, record: dict):
    """Write a record whole or not at all."""
    write_whole(path, json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def gpu(field: str) -> list[str]:
    """What the driver says of each GPU: `name`, `driver_version`, or `memory.used` in MiB; [] without a GPU."""
    command = ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else []


class Memory(threading.Thread):
    """Watches how much more GPU memory is in use than at the start, in MiB: `peak`."""

    def __init__(self):
        super().__init__(daemon=True)
        self.before, self.peak, self.done = self.used(), 0, threading.Event()

    def used(self) -> int:
        """MiB in use on all GPUs."""
        return sum(int(text) for text in gpu("memory.used") if text.strip().isdigit())

    def run(self):
        """Look five times a second, until `done` is set."""
        while not self.done.wait(0.2):
            self.peak = max(self.peak, self.used() - self.before)


def record(course: Course, framework: str, backend: str, on_gpu: bool, say=print) -> list[Problem]:
    """Compare the framework's notebooks with what is stored, here, and keep the result in `data/`.

    Raises CourseError if `on_gpu` and there is no GPU.
    """
    device = ", ".join(name.strip() for name in gpu("name")) if on_gpu else hardware()
    if not device:
        raise CourseError("there is no GPU here: nvidia-smi is missing or names none; nothing was run")
    name = framework if framework != "keras" or (on_gpu and backend == "tensorflow") else f"keras-{backend}"
    environment = os.environ | {"KERAS_BACKEND": backend} | (ON_GPU if on_gpu else {})
    found, notebooks, modules = [], {}, {backend} if framework == "keras" else set()
    for chapter in chapters(course):
        stored = load(course.notebook(framework, chapter.slug))
        if stored is None:
            found.append(chapter.problem(1, f"no {framework} notebook: `python -m triptych run {chapter.slug}`"))
            continue
        result, problems = compare(course, chapter, framework, environment, device, on_gpu)
        notebooks[chapter.slug] = result | {"digest": digest(stored)}
        found += problems
        modules |= imports(stored, framework)
        say(f"{name}/{chapter.slug}: {'passed' if result['passed'] else 'failed'}, {result['seconds']} s")
    if on_gpu and notebooks and all(result["peak_mib"] < USED_MIB for result in notebooks.values()):
        found.append(Problem("requirements.txt", 1, f"{framework} did not use the GPU: install its CUDA build"))
    versions = installed({*course.versions(modules)} - others(framework, backend))
    kept = {"framework": framework, "hardware": device, "versions": versions, "notebooks": notebooks}
    kept |= {"date": date.today().isoformat(), "python": platform.python_version()}
    kept |= {"driver": gpu("driver_version")[0].strip()} if on_gpu else {}
    kept |= {"backend": backend} if framework == "keras" else {}
    keep(course.root / "data" / ("gpu" if on_gpu else "backends") / f"{name}.json", kept)
    return found


def others(framework: str, backend: str) -> set[str]:
    """Frameworks that a Keras notebook names but does not use on this backend."""
    return {"tensorflow", "torch", "jax", "jaxlib"} - {backend} if framework == "keras" else set()


def compare(course: Course, chapter: Chapter, framework: str, environment, device: str, on_gpu: bool):
    """One notebook under nbval: whether it passed, its seconds and peak memory; and what failed, by line."""
    path = course.notebook(framework, chapter.slug).relative_to(course.root)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "-q",
        "--tb=short",
        f"--nbval-cell-timeout={CELL_SECONDS}",
        str(path),
    ]
    memory, started = Memory(), time.monotonic()
    if on_gpu:
        memory.start()
    done = subprocess.run(command, cwd=course.root, env=environment, capture_output=True, text=True)
    seconds = round(time.monotonic() - started, 1)
    memory.done.set()
    result = {"passed": done.returncode == 0, "seconds": seconds} | ({"peak_mib": memory.peak} if on_gpu else {})
    if result["passed"]:
        return result, []
    places = re.findall(rf"^({re.escape(chapter.path)}):(\d+): (.*)$", done.stdout, re.M)
    last = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["pytest said nothing"]
    problems = [Problem(where, int(line), f"on {device}: {said}") for where, line, said in places]
    return result, problems or [chapter.problem(1, f"{framework} on {device}: {last[0]}")]
