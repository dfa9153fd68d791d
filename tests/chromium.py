"""Find the Chromium that the site's tests drive: `python tests/chromium.py --install` gets one where there is none.

`python tests/chromium.py --print PAGE PDF` prints a page with it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "no Chromium found: install one (Debian: apt-get install chromium), or name yours in TRIPTYCH_CHROMIUM"


def playwrights_own() -> str | None:
    """The browser that Playwright downloaded, if it did."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find() -> str | None:
    """The path of a Chromium, or None."""
    named = os.environ.get("TRIPTYCH_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None) or playwrights_own()


def install() -> str | None:
    """Debian's package where this user may install it, else Playwright's download; the path, or None."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        attempts.insert(0, ["sh", "-c", "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium"])
    for command in attempts:
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=600)
        except (OSError, subprocess.SubprocessError):
            continue
        if path := find():
            return path
    return None


def print_page(page: Path, pdf: Path):
    """Print a page as a PDF with an outline, all three frameworks on."""
    options = ["--headless", "--no-sandbox", "--no-pdf-header-footer", "--generate-pdf-document-outline"]
    address = f"{page.resolve().as_uri()}?framework=keras,tensorflow,pytorch"
    command = [find(), *options, f"--print-to-pdf={pdf.resolve()}", address]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


if __name__ == "__main__":
    if "--print" in sys.argv:
        sys.exit(print_page(*map(Path, sys.argv[2:])))
    if not find() and not ("--install" in sys.argv and install()):
        sys.exit(HOW)
