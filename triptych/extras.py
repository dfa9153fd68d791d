"""What a page sends and says about itself: no unused parts of the theme, sizes of pictures, metadata, map of the site."""

import json
import re
import struct
import zlib
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from docutils import nodes
from markupsafe import escape
from sphinx.util import logging

from . import words
from .course import Course
from .panels import Template

# Files that the theme and Jupyter Book send with every page, and the mark of a body that uses them.
USED_BY = {
    r"mystnb|thebe|clipboard|copybutton": r"(?!)",  # the engine has its own button
    r"katex": r'class="katex',
    r"sphinx-design|design-tabs": r'class="[^"]*\bsd-',
    r"draw\.js": r'class="draw"',
    r"toggle": r'class="[^"]*\b(toggle|dropdown)\b',
    r"doctools|sphinx_highlight|^ DOCUMENTATION_OPTIONS": r'id="search-results"',
}
# What every page is styled by, in the order of precedence; sent as one file.
STYLES = ("basic.css", "styles/pydata-sphinx-theme.css", "pygments.css", "styles/sphinx-book-theme.css", "triptych.css")
# Names, punctuation and spaces of code have the colour of all text: a third of a page's elements would say so.
UNCOLOURED = re.compile(r'<span class="[npw]">([^<]*)</span>')
# The blocks that the theme's script measures, and what it finds instead.
MEASURED, UNMEASURED = re.compile(r'\["pre",[^\]]*\]\.join\(", "\)'), '"pre:not(*)"'
PIECE = re.compile(r'"(?:\\.|[^"\\])*"|[{};]')  # of a style sheet: what may hold braces, and the braces


def page_context(app, pagename, templatename, context, doctree):
    """Say what the page is, and send what it needs."""
    body = context.get("body") or ""
    if pagename == "search":
        body = 'id="search-results"'  # its template brings it
    unused = re.compile("|".join(files for files, mark in USED_BY.items() if not re.search(mark, body)))
    for kind in ("css_files", "script_files"):
        context[kind] = [file for file in context[kind] if not unused.search(f"{named(file)} {inline(file)}")]
    context["css_files"] = [file for file in context["css_files"] if not named(file).removeprefix("_static/").startswith(STYLES)]
    for file in context["script_files"] if pagename != "search" else ():
        if not inline(file) and "triptych" not in named(file):  # the engine's own chooses the columns before the first paint
            file.attributes["defer"] = "defer"
    context["style_version"] = style_version()
    sources = {target: source for source, target in app.builder.images.items()}
    if context.get("body"):
        body = UNCOLOURED.sub(r"\1", body)
        context["body"] = re.sub(r'(<img [^>]*src="[^"]*/_images/([^"]+)")', partial(sized, app, sources), body)
    context["metatags"] = context.get("metatags", "") + metadata(app, pagename, context, doctree)
    context["source"] = source_links(app, pagename, context, doctree) if doctree is not None else None


@cache
def style_version() -> str:
    """Changes with the engine's styles, so that no browser shows a new page in old ones."""
    return f"{zlib.crc32(Path(__file__).with_name('static').joinpath('triptych.css').read_bytes()):08x}"


def named(file) -> str:
    """The address of a style or script."""
    return str(getattr(file, "filename", file) or "")


def inline(file) -> str:
    """The text of a script that stands in the page."""
    return getattr(file, "attributes", {}).get("body", "")


def sized(app, sources: dict, match: re.Match) -> str:
    """An image with its size, so that nothing moves when it arrives, and loaded when it is about to be seen."""
    path = Path(app.srcdir, sources.get(match[2], ""))
    size = picture_size(path.read_bytes()) if path.is_file() else None
    late = ' loading="lazy"' if app.builder.name == "html" else ""  # what becomes a PDF is printed at once
    return match[1] + (' width="{}" height="{}"'.format(*size) + late if size else "")


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in CSS pixels of an SVG or PNG; None if it does not say."""
    if content.startswith(b"\x89PNG"):
        return struct.unpack(">II", content[16:24])
    found = [re.search(rb'<svg[^>]*\s%b="([\d.]+)(pt|px)?"' % side, content) for side in (b"width", b"height")]
    return tuple(round(float(m[1]) * (4 / 3 if m[2] == b"pt" else 1)) for m in found) if all(found) else None


def metadata(app, pagename, context, doctree) -> str:
    """Description and Open Graph's tags; absolute addresses only where the site has one."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree is not None else ()
    text = next((" ".join(p.astext().split()) for p in paragraphs if p.parent.tagname == "section"), "")
    about = text if len(text) <= 160 else text[:160].rpartition(" ")[0] + " …"
    tags = {"og:type": "article", "og:title": re.sub("<[^>]+>", "", context.get("title", words.SEARCH_PAGE)), "og:site_name": app.config.html_title}
    if address := app.config.html_baseurl:
        tags |= {"og:url": f"{address}{pagename}.html", "og:image": f"{address}_static/card.png", "og:image:alt": words.CARD}
    lines = [f'<meta property="{name}" content="{escape(value)}" />' for name, value in tags.items()]
    if about:
        lines += [f'<meta {kind}="{name}" content="{escape(about)}" />' for kind, name in (("name", "description"), ("property", "og:description"))]
    if pagename == "404" and address:  # it is served for addresses at any depth
        lines.insert(0, f'<base href="{escape(urlsplit(address).path)}" />')
    return "\n    " + "\n    ".join(lines)


def source_links(app, pagename, context, doctree) -> dict:
    """The page's published source, and a form for a new issue with page, frameworks and versions."""
    repository = app.config.triptych_repository
    ran = next((node["data"]["ran"] for node in doctree.findall(Template) if "ran" in node["data"]), {})
    if not repository:
        return {"ran": ran}
    versions = [
        words.ISSUE_RAN.format(name=words.NAMES[name], versions=", ".join(f"{k} {v}" for k, v in run["versions"].items()))
        for name, run in ran.items()
        if name in words.NAMES
    ]
    body = words.ISSUE_BODY.format(page=f"{pagename}.html", ran="\n".join(versions))
    title = words.ISSUE_TITLE.format(page=re.sub("<[^>]+>", "", context["title"]))
    source = Path(app.env.doc2path(pagename, base=False)).as_posix()
    return {
        "ran": ran,
        "link": words.SOURCE_LINK.format(repository=repository, path=source),
        "report": f"https://github.com/{repository}/issues/new?title={quote(title)}&body={quote(body)}",
    }


def pages(app):
    """The page that a server shows where there is none."""
    link = app.builder.get_relative_uri
    data = {"words": words, "front": link("404", app.config.root_doc), "search": link("404", "search"), "title": app.config.html_title}
    body = app.builder.templates.render("triptych-404.html", data)
    yield "404", {"title": words.NOT_FOUND, "body": body, "meta": {}, "toc": "", "display_toc": False}, "page.html"


def merge_styles(site: Path, kept: Path):
    """Write `_static/style.css`: the engine's styles after those of the theme that a page or a script may use."""
    used = page_names(site, kept)
    for script in (*site.glob("_static/*.js"), *site.glob("_static/scripts/*theme.js")):
        used.update(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    sheets = [(site / "_static" / name).read_text(encoding="utf-8") for name in STYLES]
    theme = [trimmed(re.sub(r"/\*.*?\*/", "", css, flags=re.S), used) for css in sheets[:-1]]
    (site / "_static" / "style.css").write_text("".join([*theme, sheets[-1]]), encoding="utf-8")


def page_names(site: Path, kept: Path) -> set[str]:
    """Classes and ids in all pages; of a page that is as the last build left it they stand in the file `kept`."""
    try:
        before = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    now = {}
    for page in site.rglob("*.html"):
        name, written = page.relative_to(site).as_posix(), page.stat().st_mtime_ns
        now[name] = before.get(name, [None])
        if now[name][0] != written:
            found = re.findall(r'(?:class|id)="([^"]*)"', page.read_text(encoding="utf-8"))
            now[name] = written, sorted(set(" ".join(found).split()))
    kept.write_text(json.dumps(now), encoding="utf-8")
    return {name for _, names in now.values() for name in names}


def calm(site: Path):
    """Keep the theme's script from measuring every block of code: `triptych.js` does that, of those laid out."""
    script = site / "_static/scripts/pydata-sphinx-theme.js"
    text, found = MEASURED.subn(UNMEASURED, script.read_text(encoding="utf-8"))
    if not found and UNMEASURED not in text:  # a file that an earlier build left has been mended
        logging.getLogger(__name__).warning(words.THEME_MEASURES)
    script.write_text(text, encoding="utf-8")


def trimmed(css: str, used: set[str]) -> str:
    """The rules of a style sheet that can apply where these classes and ids are used."""
    kept, start, depth, opened = [], 0, 0, 0
    for piece in PIECE.finditer(css):
        depth += {"{": 1, "}": -1}.get(piece[0], 0)
        if piece[0] == "{" and depth == 1:
            opened = piece.end()
        elif piece[0] == "}" and depth == 0:
            kept.append(rule(css[start : opened - 1].strip(), css[opened : piece.start()], used))
            start = piece.end()
        elif piece[0] == ";" and depth == 0:
            kept.append(css[start : piece.end()])
            start = piece.end()
    return "".join(kept)


def rule(selectors: str, body: str, used: set[str]) -> str:
    """A rule without the selectors that match nothing; nothing if none is left, or for the icon font."""
    if selectors.startswith(("@media", "@supports")):
        body = trimmed(body, used)
    elif not selectors.startswith("@"):
        each = re.split(r",(?![^()]*\))", selectors)
        selectors = ",".join(one for one in each if one.count("(") != one.count(")") or names_in(one) <= used)
    return f"{selectors}{{{body}}}" if selectors and body and "vendor/fontawesome" not in body else ""


def names_in(selector: str) -> set[str]:
    """Classes and ids that an element, or one around it, must have; those within parentheses are not looked at."""
    while "(" in selector:
        selector = re.sub(r"\([^()]*\)", "", selector)
    return {name.replace("\\", "") for name in re.findall(r"[.#]((?:\\.|[\w-])+)", selector)}


def finish(app, error):
    """The styles that are used, in one file; the map of the site for search engines, where the site's address is known."""
    if error or app.builder.format != "html":
        return
    calm(Path(app.outdir))  # first: what it takes out of a script needs no style
    merge_styles(Path(app.outdir), Path(app.doctreedir, f"names-{app.builder.name}.json"))
    if app.builder.name != "html" or not app.config.html_baseurl:
        return
    names = sorted({*app.env.found_docs, "verified"})
    places = "".join(f"<url><loc>{escape(app.config.html_baseurl)}{name}.html</loc></url>\n" for name in names)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    Path(app.outdir, "sitemap.xml").write_text(f"{head}{places}</urlset>\n", encoding="utf-8")


def configure(app, config):
    """The site's address, with a final slash, and settings that keep pages light."""
    address = config.html_baseurl or Course(app.srcdir).published_address or ""
    config.html_baseurl = address.rstrip("/") + "/" if address else ""
    config.html_use_index = False
    config.html_theme_options |= {
        "article_footer_items": ["triptych-links.html"],
        "back_to_top_button": False,
        "primary_sidebar_end": [],
    }


def setup(app):
    """Register everything with Sphinx."""
    app.connect("config-inited", configure, priority=810)  # after Jupyter Book has set its own
    app.connect("html-page-context", page_context)
    app.connect("html-collect-pages", pages)
    app.connect("build-finished", finish, priority=900)  # the theme writes its colours of code then
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
