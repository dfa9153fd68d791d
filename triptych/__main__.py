"""The command line: `python -m triptych [--root DIR] COMMAND`."""

import argparse
import sys
from functools import partial

from .course import FRAMEWORKS, Course, CourseError


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m triptych", description="Weave, run and compare a course's notebooks.")
    top.add_argument("--root", default=".", metavar="DIR", help="the course: _config.yml, _toc.yml, book/ (default: here)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="read everything, run nothing, name each mistake")
    run = commands.add_parser("run", help="execute the notebooks that are stale")
    agree = commands.add_parser("agree", help="compare what shared cells printed in the three")
    for command in (check, run, agree):
        command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="slugs (default: all)")
    run.add_argument("--force", action="store_true", help="also run what is fresh")
    run.add_argument("--jobs", type=int, metavar="N", help="notebooks at a time (default: as many as cores)")
    run.add_argument("--framework", choices=FRAMEWORKS, metavar="F", help="only this one's notebooks")
    run.add_argument("--timeout", type=float, metavar="S", help="seconds a cell may take")
    new = commands.add_parser("new", help="a chapter to start from")
    new.add_argument("slug", metavar="SLUG")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it found nothing wrong, 1 if it did, 130 if it was interrupted."""
    options = parser().parse_args(arguments)
    course = Course(options.root)
    try:
        problems = COMMANDS[options.command](course, options)
    except CourseError as error:
        problems = [error]
    except OSError as error:  # a full disk, most often
        problems = [f"{error.filename or course.root}: {error.strerror}: mend that and run again; nothing stored is lost"]
    except KeyboardInterrupt:
        print("interrupted: what was done is stored, the next run goes on from there", file=sys.stderr)
        return 130
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def chosen(course: Course, options) -> list[str]:
    """The slugs that a command names, or all."""
    for slug in options.chapters:
        if slug not in course.slugs:
            raise CourseError(f"book/{slug}.md:1: there is no such chapter: known are {', '.join(course.slugs)}")
    return options.chapters or course.slugs


def check_command(course: Course, options):
    """`check`: every mistake that can be seen without running."""
    from .check import check

    return check(course, chosen(course, options) if options.chapters else None)


def agree_command(course: Course, options):
    """`agree`: shared cells that differ."""
    from .agree import agree

    return agree(course, chosen(course, options))


def run_command(course: Course, options):
    """`run`: execute, store, and end with `agree`."""
    from .agree import agree
    from .run import interruptible, run

    interruptible()
    slugs = chosen(course, options)
    frameworks = (options.framework,) if options.framework else None
    extra = {"seconds": options.timeout} if options.timeout else {}
    problems = run(course, slugs, options.force, options.jobs, frameworks, say=partial(print, flush=True), **extra)
    return problems + agree(course, slugs)


def new_command(course: Course, options):
    """`new`: a chapter that passes `check` once it has run."""
    from .new import new

    new(course, options.slug)
    return []


COMMANDS = {"check": check_command, "run": run_command, "agree": agree_command, "new": new_command}

if __name__ == "__main__":
    sys.exit(main())
