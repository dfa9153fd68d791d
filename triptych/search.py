"""Search over the whole course: an index by pagefind, with a record for each section and framework.

It is made when the pages are written, without Node or network; `static/search.js` asks it. Pagefind's own filters
are not used, as their files change from build to build; `known.json` says which record is whose.
"""

import collections
import gzip
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docutils import nodes

from . import words
from .course import FRAMEWORKS
from .panels import Box

# Where a name such as tf.GradientTape is cut, so that each of its parts is found; search.js takes the mark out again.
DOT = re.compile(r"(?<=[\w)\]])\.(?=[A-Za-z_])")
CUT = ".\u2060 "
UNSAID = {"framework", "holds"}  # classes of what the page's furniture says
NEEDED = ("pagefind.js", "pagefind-entry.json", "wasm.en.pagefind", "*.pf_meta", "index/*", "fragment/*")


def texts(node, framework: str | None):
    """What a section shows, without its subsections: prose, code, outputs, alternative texts; of panels this framework's."""
    for child in node.children:
        if isinstance(child, nodes.section | nodes.title | nodes.Invisible | nodes.Text):
            continue
        if isinstance(child, Box) and child.get("name", framework) != framework or UNSAID & set(child["classes"]):
            continue
        if isinstance(child, nodes.image):
            yield child.get("alt", "")
        elif isinstance(child, nodes.raw):
            yield html.unescape(re.sub(r"<[^>]+>", " ", child.astext()))
        elif isinstance(child, nodes.TextElement):
            yield child.astext()
        else:
            yield from texts(child, framework)


def records(env) -> dict[str, tuple[str, str]]:
    """`page/anchor/framework` to title and text; a section in which the frameworks do not differ has one record, `all`."""
    found = {}
    for page in sorted(env.found_docs):
        for section in env.get_doctree(page).findall(nodes.section):
            shown = {name: "\n".join(texts(section, name)) for name in FRAMEWORKS}
            if len(set(shown.values())) == 1:
                shown = {"all": shown["keras"]}
            title = section.next_node(nodes.title).astext()
            found |= {f"{page}/{section['ids'][0]}/{name}": (title, text) for name, text in shown.items()}
    return found


def known(env, kept: dict[str, tuple[str, str]], folder: Path) -> dict:
    """What search.js must know beside the index: titles of pages, which record is whose, and the course's own words."""
    whose = {}
    for path in sorted(folder.glob("fragment/*")):
        record = json.loads(gzip.decompress(path.read_bytes()).decode().removeprefix("pagefind_dcd"))
        whose[path.stem] = record["url"].removeprefix("/").removesuffix(".html")
    pages = {page: env.titles[page].astext() for page in sorted(env.found_docs)}
    text = "\n".join(f"{title}\n{text}" for title, text in kept.values())
    counted = collections.Counter(re.findall(r"[^\W\d_]\w{3,}", text))
    often = sorted(counted, key=lambda word: (-counted[word], word))
    return {"pages": pages, "records": whose, "words": list({word.lower(): word for word in reversed(often)}.values())[::-1]}


def make_index(app, error):
    """Write the index into the site. Where pagefind does not run, the theme's own search stays, and a line says so."""
    if error or app.builder.name != "html":
        return
    folder = Path(app.outdir, "pagefind")
    shutil.rmtree(folder, ignore_errors=True)
    kept = records(app.env)
    with tempfile.TemporaryDirectory() as made:
        for name, (title, text) in kept.items():
            path = Path(made, "records", f"{name}.html")
            path.parent.mkdir(parents=True, exist_ok=True)
            said = [html.escape(DOT.sub(CUT, part)) for part in (title, text)]
            path.write_text('<html lang="en"><h1>{}</h1><p>{}</p></html>'.format(*said), encoding="utf-8")
        bundle = Path(made, "bundle")
        options = ["--site", Path(made, "records"), "--output-path", bundle]
        try:
            from pagefind.service import get_executable

            subprocess.run([get_executable() or "pagefind", *options], capture_output=True, timeout=300, check=True)
        except (ImportError, OSError, subprocess.SubprocessError) as failure:
            print(words.NO_INDEX.format(why=failure), file=sys.stderr)  # no warning: `-W` would withhold the book
            return
        for path in [path for pattern in NEEDED for path in bundle.glob(pattern)]:
            target = folder / path.relative_to(bundle)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    text = json.dumps(known(app.env, kept, folder), ensure_ascii=False, separators=(",", ":"))
    (folder / "known.json").write_text(text, encoding="utf-8")


def setup(app):
    """Register the script and the making of the index with Sphinx."""
    said = {"names": words.NAMES, **words.SEARCH}
    app.add_js_file("search.js", loading_method="defer", **{"data-words": json.dumps(said, ensure_ascii=False)})
    app.connect("build-finished", make_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
