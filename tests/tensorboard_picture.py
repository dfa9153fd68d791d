"""Make `book/pictures/tensorboard.png`, TensorBoard's own page over the runs of the chapter on training loops.

`python tests/tensorboard_picture.py` runs that chapter's cells on TensorBoard in each framework, starts the real
server over what they wrote, and photographs its page. The picture says with which versions, and when.
"""

import socket
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from chromium import HOW, find  # noqa: E402: tests/chromium.py, beside this file

from triptych.chapter import headings, read  # noqa: E402
from triptych.course import FRAMEWORKS, Course  # noqa: E402
from triptych.weave import FIRST_CELL  # noqa: E402

HEADING = "Watching in TensorBoard"
PICTURE = ROOT / "book" / "pictures" / "tensorboard.png"
LARGEST = 200_000  # bytes
WINDOW = {"width": 1200, "height": 640}


def section(chapter, heading: str) -> list:
    """The chapter's cells from this heading to the next one of its level."""
    found, inside = [], False
    for cell in chapter.cells:
        titles = headings(cell) if cell.kind == "prose" else []
        if any(level == 2 for _, level, _ in titles):
            inside = any(text == heading for _, _, text in titles)
        if inside:
            found.append(cell)
    if not found:
        sys.exit(f"{chapter.path} has no section `{heading}`: name its new heading in {Path(__file__).name}")
    return found


def write_events(folder: Path):
    """Run each framework's setup cells and its cells of the section: they leave event files in folder/runs."""
    chapter = read(Course(ROOT), "loops")
    there = section(chapter, HEADING)
    for framework in FRAMEWORKS:
        wanted = [
            cell.source
            for cell in chapter.cells
            if cell.kind == "code" and ("setup" in cell.tags and cell.belongs(framework) or cell in there and cell.framework == framework)
        ]
        script = folder / f"write_{framework}.py"  # not keras.py, which would hide keras
        script.write_text("\n\n".join([FIRST_CELL[framework], *wanted]), encoding="utf-8")
        subprocess.run([sys.executable, script.name], cwd=folder, check=True, capture_output=True, timeout=300)


def serve(folder: Path) -> tuple[subprocess.Popen, str]:
    """TensorBoard's server over folder/runs, and its address once it answers."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", "runs", "--port", str(port)]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}/"
    for _ in range(120):
        try:
            urlopen(address + "data/runs", timeout=5).read()
            return server, address
        except (URLError, OSError):
            time.sleep(0.5)
    server.kill()
    sys.exit(f"TensorBoard did not answer at {address} within a minute: start it by hand to see why")


def photograph(address: str, browser_path: str) -> tuple[bytes, str]:
    """A PNG of the page once its chart is drawn, and the browser's version."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport=WINDOW)
        page.goto(address + "?tagFilter=epoch_loss&smoothing=0#timeseries")
        page.get_by_text("epoch_loss").first.wait_for(timeout=60_000)
        page.locator("line-chart").first.wait_for(timeout=60_000)
        page.wait_for_timeout(4_000)  # the curves arrive after the axes
        picture, name = page.screenshot(), browser.version
        browser.close()
    return picture, name


def store(picture: bytes, browser: str):
    """Write the picture with few colours, small enough for the repository, and with its versions in it."""
    about = PngInfo()
    about.add_text("Software", f"tensorboard {version('tensorboard')}, Chromium {browser.split('.')[0]}")
    about.add_text("Creation Time", date.today().isoformat())
    PICTURE.parent.mkdir(exist_ok=True)
    Image.open(BytesIO(picture)).convert("RGB").quantize(128).save(PICTURE, optimize=True, pnginfo=about)
    size = PICTURE.stat().st_size
    if size > LARGEST:
        sys.exit(f"{PICTURE.name} has {size} bytes, {LARGEST} are allowed: make the window smaller")
    print(PICTURE.relative_to(ROOT), size, "bytes")


def main():
    """Events, server, picture."""
    browser_path = find() or sys.exit(HOW)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_events(folder)
        server, address = serve(folder)
        try:
            store(*photograph(address, browser_path))
        finally:
            server.terminate()
            server.wait(timeout=20)


if __name__ == "__main__":
    main()
