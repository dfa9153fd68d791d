"""The command line: `python -m triptych.upkeep [--root DIR] COMMAND`."""

import argparse
import subprocess
import sys
from functools import partial
from pathlib import Path

from ..course import FRAMEWORKS, Course, CourseError
from ..run import interruptible
from .anchors import add_anchors
from .publish import publish
from .record import record
from .trial import trial, try_versions
from .upgrade import UNDO, upgrade


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m triptych.upkeep", description="Keep a course running.")
    top.add_argument("--root", default=".", metavar="DIR", help="the course (default: here)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser("upgrade", help="change one pin and see which outputs change")
    one.add_argument("package")
    one.add_argument("version")
    newest = commands.add_parser("newest", help="run every notebook with the newest releases")
    colab = commands.add_parser("colab", help="run every notebook with Colab's versions")
    here = commands.add_parser("trial", help="run every notebook with this environment's versions")
    here.add_argument("name", help="of the record in data/versions/")
    for command in (newest, colab):
        command.add_argument("--with", dest="python", metavar="PYTHON", help="a Python to make the environment with")
    for command in (newest, colab, here):
        command.add_argument(
            "--skip", nargs="*", default=[], choices=FRAMEWORKS, metavar="F", help="frameworks to leave out"
        )
    runs = commands.add_parser(
        "record", help="compare a framework's notebooks with the stored outputs, and keep how it went"
    )
    runs.add_argument("--framework", choices=FRAMEWORKS, required=True)
    runs.add_argument("--backend", choices=("tensorflow", "torch", "jax"), default="tensorflow", help="Keras's")
    runs.add_argument("--gpu", action="store_true", help="on this machine's GPU")
    publishing = commands.add_parser("publish", help="copy the course without solutions and hidden checks")
    publishing.add_argument("folder", type=Path)
    commands.add_parser("anchors", help="add new headings' addresses to data/anchors.json, which keeps the published ones")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it found nothing wrong, 1 if it did, 130 if it was interrupted."""
    options, say = parser().parse_args(arguments), partial(print, flush=True)
    course = Course(options.root)
    interruptible()
    try:
        return COMMANDS[options.command](course, options, say)
    except (CourseError, OSError, subprocess.CalledProcessError) as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        what = f"to undo it, {UNDO}" if options.command == "upgrade" else "no notebook was touched"
        print(f"interrupted: {what}", file=sys.stderr)
        return 130


def listed(problems, say) -> int:
    """Say each problem; the exit status."""
    for problem in problems:
        say(problem)
    return 1 if problems else 0


COMMANDS = {
    "upgrade": lambda course, o, say: listed(upgrade(course, o.package, o.version, say), say),
    "newest": lambda course, o, say: try_versions(course, "newest", o.skip, o.python, say),
    "colab": lambda course, o, say: try_versions(course, "colab", o.skip, o.python, say),
    "trial": lambda course, o, say: listed(trial(course, o.name, o.skip, say), say),
    "record": lambda course, o, say: listed(record(course, o.framework, o.backend, o.gpu, say), say),
    "anchors": lambda course, o, say: listed(add_anchors(course), say),
    "publish": lambda course, o, say: listed(publish(course, o.folder) or [], say),
}

if __name__ == "__main__":
    sys.exit(main())
