"""Reading elsewhere: one archive of notebooks for each framework, and the whole book as one page, for paper."""

import os
import re
import zipfile
from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx import addnodes

EPOCH = (1980, 1, 1, 0, 0, 0)  # the same notebooks give the same bytes


def pack(folder: Path):
    """Put the notebooks of a folder into `<folder>.zip` beside it, if one of them came, went or changed since."""
    archive, paths = folder.with_suffix(".zip"), sorted(folder.glob("*.ipynb"))
    if archive.exists() and all(path.stat().st_mtime <= archive.stat().st_mtime for path in (folder, *paths)):
        return
    part = folder.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as written:
        for path in paths:
            entry = zipfile.ZipInfo(f"{folder.name}/{path.name}", EPOCH)
            entry.external_attr = 0o644 << 16
            written.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    os.replace(part, archive)


def part_anchors(app, doctree, docname):
    """On the one page that `make pdf` prints, every chapter has its own `#exercises`: name them apart, and the links."""
    if app.builder.name == "singlehtml":
        prefix_anchors(doctree, docname)


def prefix_anchors(node: nodes.Element, docname: str):
    """Put the chapter's name before the anchors in `node`; a link `#document-book/loops#clipping` goes to `#loops-clipping`."""
    docname = node["docname"] if isinstance(node, addnodes.start_of_file) else docname
    slug = PurePosixPath(docname).name
    for key in ("ids", "backrefs"):
        node[key] = [f"{slug}-{anchor}" for anchor in node.get(key, ())]
    if "refid" in node:
        node["refid"] = f"{slug}-{node['refid']}"
    if "refuri" in node:
        node["refuri"] = re.sub(r"^#document-(?:.*/)?([^/#]+)#", r"#\1-", node["refuri"])
    for child in node.children:
        if isinstance(child, nodes.Element):
            prefix_anchors(child, docname)


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-resolved", part_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
