"""A run that is ended at any moment leaves whole notebooks and no process, and the next run goes on from there."""

import contextlib
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from small import CHAPTER, course, environment

from triptych.__main__ import main
from triptych.chapter import read
from triptych.check import check
from triptych.course import FRAMEWORKS, Course
from triptych.fresh import staleness
from triptych.notebook import stored

KILLS = {signal.SIGKILL: 70, signal.SIGTERM: 15, signal.SIGINT: 15}  # the last two end in the same lines of code
SECONDS = 30
SEED = int(os.environ.get("TRIPTYCH_SEED") or time.time())
# Forked from a process that has imported the engine, so that every moment falls into the run itself.
FORK = multiprocessing.get_context("forkserver")


def start(folder):
    """A run of the course in `folder`, in a process of its own. Its kernels carry the folder in their environment."""
    FORK.set_forkserver_preload(["triptych.__main__", "triptych.run", "triptych.agree"])
    process = FORK.Process(target=go, args=(str(folder), environment(TRIPTYCH_KILLED=str(folder))))
    process.start()
    return process


def go(folder, variables):
    """What the process does."""
    os.environ.update(variables)
    sys.stdout = sys.stderr = open(os.devnull, "w")
    sys.exit(main(["--root", folder, "run"]))


def kernels(folder):
    """Processes that a run of this course has started and that still live."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TRIPTYCH_KILLED") == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def left_after(folder, seconds):
    """The kernels that are still there after so many seconds at most; they are ended then."""
    deadline = time.monotonic() + seconds
    while (left := kernels(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        process.kill()
    return left


def fresh(folder):
    """Name to record (date, seconds, digest of code and outputs) of the notebooks that need not run again.

    Asserts that the others are whole, too.
    """
    small, found = Course(folder), {}
    chapter = read(small, "small")
    kept = stored(small, chapter)
    for name in FRAMEWORKS:
        path, reason = small.notebook(name, "small"), staleness(small, chapter, name, kept)
        assert not path.exists() or reason is None or reason.startswith("is stale"), f"{path}: {reason}"
        if reason is None:
            found[name] = kept[name]["metadata"]["triptych"]
    return found


def end(process, number, delay):
    """Let a run go on for `delay` seconds, then send the signal; its exit code."""
    process.join(delay)
    with contextlib.suppress(ProcessLookupError):  # over since we looked: the server of forks has seen to it
        if process.is_alive():
            os.kill(process.pid, number)
    process.join(SECONDS)
    if process.is_alive():
        process.kill()
        pytest.fail(f"the run outlived {number.name} by {SECONDS} s")
    return process.exitcode


@pytest.mark.parametrize("number", KILLS, ids=lambda number: number.name)
def test_a_run_that_is_ended_loses_nothing(tmp_path, number):
    """What was done is kept; what was not is done by the next run. TRIPTYCH_SEED repeats the moments."""
    print("seed", SEED)
    moments = random.Random(f"{SEED} {number.name}")
    course(tmp_path)
    started = time.monotonic()
    assert end(start(tmp_path), number, SECONDS) == 0
    length, cut = time.monotonic() - started, 0
    for attempt in range(KILLS[number]):
        before = fresh(tmp_path)
        if len(before) == len(FRAMEWORKS):
            course(tmp_path, CHAPTER.replace("numbers = [1.0", f"numbers = [{attempt}.5"))
            before = {}
        code = end(start(tmp_path), number, moments.uniform(0, length))
        after = fresh(tmp_path)
        assert {name: after.get(name) for name in before} == before
        assert number == signal.SIGKILL or not left_after(tmp_path, 0.2)
        cut += code != 0
    assert cut > KILLS[number] / 4, "the moments fell too late to show anything"
    assert not left_after(tmp_path, 5)
    assert end(start(tmp_path), number, SECONDS) == 0
    assert check(Course(tmp_path)) == []
    assert not list(tmp_path.glob("notebooks/*/*.part"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_an_interrupted_command_says_so(tmp_path, number):
    """As typed in a terminal: Ctrl-C reaches the command alone, since kernels lead process groups of their own."""
    course(tmp_path, CHAPTER.replace("# keras", "# keras\nimport time; time.sleep(60)"))
    command = [sys.executable, "-m", "triptych", "--root", str(tmp_path), "run"]
    variables = environment(TRIPTYCH_KILLED=str(tmp_path))
    with subprocess.Popen(
        command, env=variables, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert "tensorflow" in process.stdout.readline()
        process.send_signal(number)
        said = process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 130
    assert said == "interrupted: what was done is stored, the next run goes on from there\n"
    assert not left_after(tmp_path, 1)
