"""What code cells define and use, read from their syntax trees."""

import ast
import builtins
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .chapter import Cell, Chapter
from .course import FRAMEWORKS
from .notebook import parse
from .weave import FIRST_CELL

Found = Iterator[tuple[int, str]]
NAMELESS = (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop, ast.Constant)  # half of a tree


@dataclass
class Names:
    """The names in one cell: `bound` in any scope, `loaded` in any scope, and `mentioned` (read, or named as an
    attribute) by statements outside function bodies. Each function definition comes with whether a base class
    may call it (a method of a class that inherits) and with what its body mentions. `imported` are the names that
    `from … import` takes, `attributes` those that follow a dot."""

    bound: set[str] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    functions: list[tuple[ast.FunctionDef, bool, set[str]]] = field(default_factory=list)


@functools.cache
def names_of(source: str) -> Names:
    """The names in a cell's code, collected in one walk."""
    names = Names()

    def visit(node: ast.AST, mentioned: set[str], inherits: bool = False):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, NAMELESS):
                continue
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inside: set[str] = set()
                names.bound.add(child.name)
                names.functions.append((child, inherits or bool(re.fullmatch(r"__\w+__", child.name)), inside))
                defaults = [*child.args.defaults, *filter(None, child.args.kw_defaults)]
                visit(ast.Tuple([*child.decorator_list, *defaults], ast.Load()), mentioned)
                visit(ast.Tuple([child.args, *filter(None, [child.returns]), *child.body], ast.Load()), inside)
                continue
            if isinstance(child, ast.Name):
                if isinstance(child.ctx, ast.Store):
                    names.bound.add(child.id)
                else:
                    names.loaded.add(child.id)
                    mentioned.add(child.id)
            elif isinstance(child, ast.Attribute):
                mentioned.add(child.attr)
                names.attributes.add(child.attr)
            elif isinstance(child, (ast.Import, ast.ImportFrom)):
                names.bound.update((alias.asname or alias.name).split(".")[0] for alias in child.names)
                names.imported.update(alias.name for alias in child.names if isinstance(child, ast.ImportFrom))
            elif isinstance(child, ast.arg):
                names.bound.add(child.arg)
            elif isinstance(child, (ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and child.name:
                names.bound.add(child.name)
            visit(child, mentioned, isinstance(child, ast.ClassDef) and bool(child.bases))

    visit(parse(source), names.mentioned)
    return names


def unset_names(chapter: Chapter) -> Found:
    """A name that a shared cell uses must be set, above it, in every framework's notebook."""
    known = {name: names_of(FIRST_CELL[name]).bound | set(dir(builtins)) | {"get_ipython", "__name__"} for name in FRAMEWORKS}
    for cell in chapter.cells:
        if cell.kind != "code" or cell.place == "together" or cell.source.startswith("%%"):
            continue
        here = names_of(cell.source).bound
        used = names_of(cell.source).loaded - here
        places = FRAMEWORKS if cell.place in ("shared", "each") else (cell.framework,)
        for name in sorted(used) if len(places) > 1 else ():
            missing = [framework for framework in places if name not in known[framework]]
            if missing:
                yield cell.line, f"name `{name}` is never set in the {' and '.join(missing)} notebook above this cell: set it there"
        for framework in places if cell.role != "solution" else ():  # published notebooks have no solution
            known[framework] |= here
    for name in chapter.results:
        missing = [framework for framework in FRAMEWORKS if name not in known[framework]]
        if missing:
            yield 1, f"`results:` names `{name}`, which is never set in the {' and '.join(missing)} notebook: set it there"


def dead_functions(chapter: Chapter) -> Found:
    """Every function is reached, directly or through other functions, from a statement that ran.

    A script's functions may be imported by another cell, and its methods be called there.
    """
    reported = set()
    for notebook in chapter.notebooks:
        cells = [c for c in chapter.cells if c.kind == "code" and (c.place == notebook or notebook in FRAMEWORKS and c.place in ("shared", "each"))]
        scripts = []
        for cell in (cell for cell in cells if cell.source.startswith("%%")):
            others = [names_of(other.source) for other in cells if other is not cell]
            scripts.append(([cell], set().union(*(names.imported | names.attributes for names in others))))
        for group, mentioned in [([cell for cell in cells if not cell.source.startswith("%%")], set()), *scripts]:
            for cell, function in unreached(group, mentioned):
                if (cell.number, function.name) not in reported:
                    reported.add((cell.number, function.name))
                    yield cell.code_line + function.lineno - 1, f"function `{function.name}` is never called: call it, or take it out"


def unreached(cells: list[Cell], mentioned: set[str]) -> Iterator[tuple[Cell, ast.FunctionDef]]:
    """The functions of one notebook or script that neither its statements nor the names `mentioned` elsewhere reach."""
    waiting = [(cell, *function) for cell in cells for function in names_of(cell.source).functions]
    mentioned = mentioned.union(*(names_of(cell.source).mentioned for cell in cells))
    while True:
        called = [one for one in waiting if one[2] or one[1].name in mentioned]
        if not called:
            return ((cell, node) for cell, node, _, _ in waiting)
        mentioned = mentioned.union(*(inside for *_, inside in called))
        waiting = [one for one in waiting if one not in called]
