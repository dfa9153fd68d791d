"""Make `book/pictures/page.png`, the README's picture of a page: `python tests/page_picture.py` after `make book`."""

import sys
from io import BytesIO
from pathlib import Path

from chromium import HOW, find
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "_build" / "html" / "book" / "autodiff.html"
PICTURE = ROOT / "book" / "pictures" / "page.png"


def main():
    """Photograph the chapter's first screen with all three columns, and keep it with few colours."""
    if not PAGE.exists():
        sys.exit(f"no {PAGE.relative_to(ROOT)}: run `make book` first")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find() or sys.exit(HOW), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1536, "height": 800}, color_scheme="light")
        page.goto(f"{PAGE.as_uri()}?framework=keras,tensorflow,pytorch")
        page.evaluate("document.fonts.ready")
        picture = page.screenshot()
        browser.close()
    PICTURE.parent.mkdir(exist_ok=True)
    Image.open(BytesIO(picture)).convert("RGB").quantize(64).save(PICTURE, optimize=True)
    print(PICTURE.relative_to(ROOT), PICTURE.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
