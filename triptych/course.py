"""Where a course keeps its things: configuration, chapters, notebooks, pins."""

import importlib.metadata
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

FRAMEWORKS = ("keras", "tensorflow", "pytorch")
NOTEBOOKS = (*FRAMEWORKS, "together")
# The list of pins, and the group that the chapters on deployment alone import: `make book` does without it.
PINS, GROUP = "requirements.txt", "requirements-deployment.txt"

# Import names whose distribution has another name.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow", "yaml": "pyyaml", "google": "protobuf"}


@dataclass(frozen=True, order=True)
class Problem:
    """One complaint: `book/<slug>.md:<line>: <what was found, and what to do>`."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class CourseError(Exception):
    """A problem that stops a command. The message is one line and says what to do."""


def load_yaml(path: Path) -> dict:
    """The mapping in a YAML file; {} for an empty one.

    Raises CourseError if the file is missing, is no YAML, or holds something other than a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path.name}:1: no such file in {path.parent}: a course needs it") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise CourseError(f"{path.name}:{line}: malformed YAML: {getattr(error, 'problem', error)}") from None
    if content is not None and not isinstance(content, dict):
        raise CourseError(f"{path.name}:1: holds {type(content).__name__}, should be a mapping")
    return content or {}


def write_whole(path: Path, text: str):
    """Write a file whole or not at all. Raises CourseError where the disk is full or closed to us."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        message = f"{path}: not written ({error.strerror}): make room or give the right to write, then run again; nothing stored is lost"
        raise CourseError(message) from None


class Course:
    """A folder with `_config.yml`, `_toc.yml` and `book/`; everything else in it is optional."""

    def __init__(self, root: Path | str = "."):
        self.root = Path(root).resolve()

    @cached_property
    def config(self) -> dict:
        """`_config.yml`."""
        return load_yaml(self.root / "_config.yml")

    @cached_property
    def title(self) -> str:
        """The course's name."""
        return str(self.config.get("title", self.root.name))

    @cached_property
    def toc(self) -> list[str]:
        """Slugs of the chapters that `_toc.yml` lists, in its order. Entries outside `book/` are not ours."""
        files: list[str] = []

        def walk(node):
            if isinstance(node, dict):
                files.extend(str(node[key]) for key in ("root", "file") if key in node)
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for item in node:
                    walk(item)

        walk(load_yaml(self.root / "_toc.yml"))
        return [Path(name).stem for name in files if Path(name).parts[:1] == ("book",)]

    @cached_property
    def slugs(self) -> list[str]:
        """Chapters that lie in `book/`: those of `_toc.yml` in its order, then the rest by name."""
        there = sorted(path.stem for path in (self.root / "book").glob("*.md"))
        return [slug for slug in dict.fromkeys(self.toc) if slug in there] + [s for s in there if s not in self.toc]

    def source(self, slug: str) -> Path:
        """The chapter's text."""
        return self.root / "book" / f"{slug}.md"

    def notebook(self, framework: str, slug: str) -> Path:
        """The woven notebook; `framework` is one of NOTEBOOKS."""
        return self.root / "notebooks" / framework / f"{slug}.ipynb"

    @cached_property
    def repository(self) -> str | None:
        """`owner/name` from `repository: url:` in `_config.yml`, or None where it is not set."""
        url = str((self.config.get("repository") or {}).get("url") or "")
        found = re.search(r"([\w.-]+/[\w.-]+?)(?:\.git)?/?$", url)
        return found.group(1) if found else None

    @property
    def published_repository(self) -> str | None:
        """The repository that readers' links point to: GitHub Actions' own, else the configured one."""
        return os.environ.get("GITHUB_REPOSITORY") or self.repository

    @cached_property
    def address(self) -> str | None:
        """The site's address without a final slash: `html: baseurl:`, else the repository's GitHub page."""
        base = str((self.config.get("html") or {}).get("baseurl") or "")
        if not base and self.repository:
            owner, name = self.repository.split("/")
            base = f"https://{owner}.github.io/{name}"
        return base.rstrip("/") or None

    @property
    def published_address(self) -> str | None:
        """The site's address; in GitHub Actions that of its own repository's page, where nothing else is configured."""
        owner, _, name = os.environ.get("GITHUB_REPOSITORY", "").partition("/")
        return self.address or (f"https://{owner}.github.io/{name}" if name else None)

    @cached_property
    def pins(self) -> dict[str, str] | None:
        """Distribution name to version, from the `==` lines of `requirements.txt` and of the group; None without that file."""
        if not (self.root / PINS).exists():
            return None
        return pinned(self.root / PINS) | self.group

    @cached_property
    def group(self) -> dict[str, str]:
        """The pins of `requirements-deployment.txt`."""
        return pinned(self.root / GROUP)

    def versions(self, modules: set[str]) -> dict[str, str]:
        """The versions that a notebook which imports `modules` depends on: the pinned ones, or in a course
        without pins the installed ones. Modules of the standard library have none."""
        names = {normal(DISTRIBUTIONS.get(module, module)) for module in modules}
        if self.pins is not None:
            return {name: self.pins[name] for name in sorted(names) if name in self.pins}
        return installed(names)


def pinned(path: Path) -> dict[str, str]:
    """Distribution name to version, from a file's `==` lines; {} without the file."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {normal(name): version for name, version in re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;#]+)", text, re.M)}


def normal(name: str) -> str:
    """A distribution's name in the one spelling that packaging tools compare (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(names) -> dict[str, str]:
    """Installed versions of these distributions, without local parts such as `+cpu`; absent ones are left out."""
    found = {}
    for name in sorted(names):
        try:
            found[name] = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
