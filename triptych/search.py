"""Search over the whole course: an index by pagefind, with a record for each section and framework.

It is made when the pages are written, without Node or network; `static/search.js` asks it. Pagefind's own filters
are not used, as their files change from build to build; `known.json` says which record is whose.
"""

import collections
import gzip
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from docutils import nodes

from . import words
from .course import FRAMEWORKS
from .panels import Box

# Where a name such as tf.GradientTape is cut, so that each of its parts is found; search.js takes the mark out again.
DOT = re.compile(r"(?<=[\w)\]])\.(?=[A-Za-z_])")
CUT = ".\u2060 "
UNSAID = {"framework", "holds"}  # classes of what the page's furniture says


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


def write_records(app, doctree):
    """Write a page's records for pagefind, `page/anchor/framework.html`, and count the page's words.

    Those of pages that do not change stay from build to build. A section in which the frameworks do not differ has
    one record, `all`.
    """
    page = app.env.docname
    shutil.rmtree(work(app) / "records" / page, ignore_errors=True)
    counted = collections.Counter()
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title).astext()
        shown = {name: "\n".join(texts(section, name)) for name in FRAMEWORKS}
        if len(set(shown.values())) == 1:
            shown = {"all": shown["keras"]}
        for name, text in shown.items():
            path = work(app) / "records" / page / section["ids"][0] / f"{name}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            said = [html.escape(DOT.sub(CUT, part)) for part in (title, text)]
            path.write_text('<html lang="en"><h1>{}</h1><p>{}</p></html>'.format(*said), encoding="utf-8")
            counted.update(re.findall(r"[^\W\d_]\w{3,}", f"{title}\n{text}"))
    app.env.metadata[page]["words"] = dict(counted)


def work(app) -> Path:
    """The folder, beside what Sphinx keeps of the pages, of pagefind's records and of its bundle."""
    return Path(app.doctreedir, "search")


def words_of(env) -> list[str]:
    """The course's own words, the most frequent first, each in the spelling that is most frequent."""
    counted = collections.Counter()
    for page in env.found_docs:
        counted.update(env.metadata[page].get("words", {}))
    often = sorted(counted, key=lambda word: (-counted[word], word))
    return list({word.lower(): word for word in reversed(often)}.values())[::-1]


def begin_index(app, env):
    """Let pagefind read the records while the pages are written. Where it does not run, the theme's own search stays."""
    if app.builder.name != "html":
        return
    records = work(app) / "records"
    for path in records.glob("**/*.html"):
        if path.parents[1].relative_to(records).as_posix() not in env.found_docs:
            path.unlink()
    try:
        (work(app) / "whole").unlink()
    except FileNotFoundError:  # the last build was ended midway, and pagefind writes no file that is there
        shutil.rmtree(work(app) / "bundle", ignore_errors=True)
    options = ["--site", records, "--output-path", work(app) / "bundle"]
    try:
        from pagefind.service import get_executable

        app.builder.pagefind = subprocess.Popen([get_executable() or "pagefind", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (ImportError, OSError) as failure:
        app.builder.pagefind = failure


def end_index(app, error):
    """Put the index into the site, or say why there is none; the index of a site whose build failed stays."""
    process = getattr(app.builder, "pagefind", None)
    if process is not None and not error:
        pages = {page: app.env.titles[page].astext() for page in sorted(app.env.found_docs)}
        known = {"pages": pages, "words": words_of(app.env)}  # what search.js must know beside the index
    if isinstance(process, subprocess.Popen):
        try:
            failed = process.wait(0 if error else 300) and f"it ended with {process.returncode}"
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.wait()
            failed = late
    else:
        failed = process
    if error or process is None:
        return
    folder = Path(app.outdir, "pagefind")
    if failed:
        shutil.rmtree(folder, ignore_errors=True)
        print(words.NO_INDEX.format(why=failed), file=sys.stderr)  # no warning: `-W` would withhold the book
        return
    known["records"] = renew(folder, work(app) / "bundle")
    (work(app) / "whole").touch()
    (folder / "known.json").write_text(json.dumps(known, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def renew(folder: Path, bundle: Path) -> dict[str, str]:
    """Bring what the site needs of pagefind's bundle into `folder`, and take away what earlier builds left in both.

    The names of the files say what they hold, and the list of them is in `pf_meta`. The result says which record each
    fragment is: its file's name to `page/anchor/framework`.
    """
    meta = f"pagefind.{json.loads((bundle / 'pagefind-entry.json').read_text())['languages']['en']['hash']}.pf_meta"
    listed = re.findall(rb"en_[0-9a-f]+", gzip.decompress((bundle / meta).read_bytes()))
    needed = {"pagefind.js", "pagefind-entry.json", "wasm.en.pagefind", meta, *(name.decode() for name in listed)}
    found = {}
    for place in (bundle, folder):
        for path in place.rglob("*"):
            if path.is_file() and not {path.name, path.stem} & needed:
                path.unlink()
    for path in filter(Path.is_file, bundle.rglob("*")):
        target = folder / path.relative_to(bundle)
        if not target.exists() or path.parent == bundle:  # a file below it never changes under its name
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.part")
            shutil.copyfile(path, part)
            os.replace(part, target)
        if path.suffix == ".pf_fragment":
            found[path.stem] = re.search(rb'"url":"/(.*?)\.html"', gzip.decompress(path.read_bytes()))[1].decode()
    return dict(sorted(found.items()))


def setup(app):
    """Register the script and the making of the index with Sphinx."""
    said = {"names": words.NAMES, **words.SEARCH}
    app.add_js_file("search.js", loading_method="defer", **{"data-words": json.dumps(said, ensure_ascii=False)})
    app.connect("doctree-read", write_records, priority=900)  # when the sections have their anchors
    app.connect("env-updated", begin_index, priority=900)
    app.connect("build-finished", end_index, priority=950)  # when all else is done
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1", "env_version": 1}
