"""Reading elsewhere: one archive of notebooks for each framework, and the whole book as one page, for paper."""

import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the same notebooks give the same bytes


def pack(folder: Path):
    """Put the notebooks of a folder into `<folder>.zip` beside it."""
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.glob("*.ipynb")):
            entry = zipfile.ZipInfo(f"{folder.name}/{path.name}", EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
