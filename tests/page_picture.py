"""Make the README's picture of a page and the one that links to the site show: `python tests/page_picture.py` after `make book`."""

import sys
from io import BytesIO
from pathlib import Path

from chromium import HOW, find
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "_build" / "html" / "book" / "autodiff.html"
PICTURE = ROOT / "book" / "pictures" / "page.png"
CARD = ROOT / "triptych" / "static" / "card.png"
COLUMNS = {"Keras": "#b8001f", "TensorFlow": "#a14b00", "PyTorch": "#6a3fb5"}
LINES = "".join(f"<i style='width:{width}%'></i>" for width in (80, 55, 65, 40, 70, 30))
CARD_PAGE = """<style>body { display: flex; gap: 40px; margin: 60px; height: 510px; font: 600 44px system-ui, sans-serif }
div { flex: 1; border-top: 10px solid; padding-top: 24px }
i { display: block; height: 22px; margin-top: 36px; background: currentcolor; opacity: .22 }</style>""" + "".join(
    f"<div style='color:{colour}'>{name}{LINES}</div>" for name, colour in COLUMNS.items()
)


def main():
    """Photograph the chapter's first screen with all three columns, and keep it with few colours."""
    if not PAGE.exists():
        sys.exit(f"no {PAGE.relative_to(ROOT)}: run `make book` first")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find() or sys.exit(HOW), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1536, "height": 800}, color_scheme="light")
        page.goto(f"{PAGE.as_uri()}?framework=keras,tensorflow,pytorch")
        page.evaluate("document.fonts.ready")
        pictures = {PICTURE: page.screenshot()}
        page.set_viewport_size({"width": 1200, "height": 630})
        page.set_content(CARD_PAGE)
        pictures[CARD] = page.screenshot()
        browser.close()
    for path, picture in pictures.items():
        path.parent.mkdir(exist_ok=True)
        Image.open(BytesIO(picture)).convert("RGB").quantize(64).save(path, optimize=True)
        print(path.relative_to(ROOT), path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
