"""Libraries that a page runs in the reader's browser: from npm, pinned by version and hash in `data/runtimes.json`.

They are not in git. `python -m triptych.runtimes` fetches what is missing into `_build/runtimes`, and the site
gets a copy (`drawing`). Where nothing can be fetched the book is built without them, and its page says so.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from . import words
from .course import Course


def packages(course: Course) -> list[dict]:
    """What `data/runtimes.json` lists: name, version, integrity and files of each package; [] without that file."""
    path = course.root / "data" / "runtimes.json"
    return json.loads(path.read_text(encoding="utf-8"))["packages"] if path.exists() else []


def place(package: dict) -> str:
    """The package's folder, in the cache and in the site; with its version, so that no browser mixes two."""
    return f"{package['name']}@{package['version']}"


def cache(course: Course) -> Path:
    """Where fetched packages lie."""
    return course.root / "_build" / "runtimes"


def missing(course: Course) -> list[dict]:
    """The packages of which a file is not in the cache, or not whole."""

    def whole(package: dict, file: dict) -> bool:
        path = cache(course) / place(package) / file["path"]
        return path.is_file() and path.stat().st_size == file["bytes"]

    return [package for package in packages(course) if not all(whole(package, file) for file in package["files"])]


def fetch(course: Course, package: dict):
    """Put the package's files into the cache. Raises ValueError if it is another than the one pinned.

    Raises OSError or subprocess.SubprocessError if npm does not run or reaches nothing.
    """
    npm = Path(sys.executable).with_name("npm")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, place(package)]
        subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=True)
        (archive,) = Path(folder).glob("*.tgz")
        unpack(archive, package, cache(course) / place(package))


def unpack(archive: Path, package: dict, target: Path):
    """Write the package's files to `target`. Raises ValueError if the archive has another hash than the pinned one."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package["integrity"]:
        raise ValueError(f"its hash is {found}, data/runtimes.json has {package['integrity']}")
    with tarfile.open(archive) as opened:
        for file in package["files"]:
            content = opened.extractfile(f"package/{file['path']}").read()
            path = target / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def main(root: str = ".") -> int:
    """Fetch what is missing; one line for the first package that cannot be had, and no failure: the book does without."""
    course = Course(root)
    for package in missing(course):
        try:
            fetch(course, package)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            print(words.NOT_FETCHED.format(package=place(package), why=error), file=sys.stderr)
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
