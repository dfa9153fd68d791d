"""Sets the panels of a row beside each other, code with code and output with output, and finds what differs."""

from difflib import SequenceMatcher
from itertools import permutations

from docutils import nodes
from pygments.lexers import get_lexer_by_name

from .panels import Box

PROSE, CODE, OUTPUT = range(3)  # what a cell adds to its panel, in this order: rows of the grid
LEXER = get_lexer_by_name("ipython3")
DIFFERS = {"keras": "K", "tensorflow": "T", "pytorch": "P"}  # classes of a token that this column does not have


def lay_out(app, doctree: nodes.document):
    """Give every part of a panel its row of the grid, its code the places where it differs, and headings their anchors."""
    for section in doctree.findall(nodes.section):
        if section.get("slug", "") not in ("", *section["ids"]):
            section["ids"].append(section["slug"])  # the address that links in chapters and notebooks have
    for panels in doctree.findall(lambda node: isinstance(node, Box) and "panels" in node["classes"]):
        rows = max(place(panel) for panel in panels)
        panels["style"] = f"--rows:{rows};--panels:{len(panels)}"
        mark_differences(panels)


def place(panel: Box) -> int:
    """Number the grid's rows for the parts of a panel, its name being in the first; the last number."""
    row, name, parts = PROSE, panel[0], []
    for node in panel[1:]:
        kind = kind_of(node)
        step = (kind - row) % 3 or (0 if kind == PROSE else 3)
        row += step
        if kind == PROSE and (step or not parts):
            node = Box("", node, tag="div", classes=["prose"])
        elif kind == PROSE:
            parts[-1].append(node)
            continue
        node["style"] = f"grid-row:{row + 2}"
        parts.append(node)
    if len(parts) == 1 and row == PROSE:  # prose alone does not push the others' code down
        parts[0]["style"] = "grid-row:2/-1"
    if sum(kind_of(part) == CODE for part in parts) > 1:
        panel["copy"] = name.astext()
    panel[:] = [name, *parts]
    return row + 2


def kind_of(node: nodes.Node) -> int:
    """PROSE, CODE or OUTPUT, folded or not."""
    classes = [name for box in node.findall(Box) for name in box["classes"]] if isinstance(node, Box) else []
    return CODE if "source" in classes else OUTPUT if "result" in classes else PROSE


def mark_differences(panels: Box):
    """Leave with each code box of a row where it differs from the code of each other panel."""
    sources = {panel["name"]: [box for box in panel.findall(Box) if "source" in box["classes"]] for panel in panels}
    tokens = {name: [token for box in boxes for token in code_tokens(box)] for name, boxes in sources.items() if boxes}
    for name, other in permutations(tokens, 2):
        ours, theirs = ([text for _, _, text in tokens[one]] for one in (name, other))
        for what, first, last, _, _ in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
            for box, start, text in tokens[name][first:last] if what != "equal" else ():
                box["differs"] = box.get("differs", {})
                for character in range(start, start + len(text)):
                    box["differs"].setdefault(character, []).append(DIFFERS[other])


def code_tokens(box: Box) -> list[tuple[Box, int, str]]:
    """The box, start and text of each token of its code, without blanks."""
    text = next(box.findall(nodes.literal_block)).astext()
    found = LEXER.get_tokens_unprocessed(text)
    return [(box, start, token) for start, _, token in found if token.strip()]
