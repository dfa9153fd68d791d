"""What code cells define and use, read from their syntax trees."""

import ast
import builtins
import functools
import re
from collections.abc import Iterator

from .chapter import Cell, Chapter
from .course import FRAMEWORKS
from .notebook import parse
from .weave import FIRST_CELL

Found = Iterator[tuple[int, str]]


@functools.cache
def bound_names(tree: ast.AST) -> set[str]:
    """Names that these statements set, in whatever scope."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
    return found


def unset_names(chapter: Chapter) -> Found:
    """A name that a shared cell uses must be set, above it, in every framework's notebook."""
    known = {name: bound_names(parse(FIRST_CELL[name])) | set(dir(builtins)) | {"get_ipython", "__name__"} for name in FRAMEWORKS}
    for cell in chapter.cells:
        if cell.kind != "code" or cell.place == "together" or cell.source.startswith("%%"):
            continue
        tree = parse(cell.source)
        here = bound_names(tree)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)} - here
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


@functools.cache
def functions(tree: ast.AST) -> list[tuple[ast.AST, bool]]:
    """Every function definition, and whether a base class may call it: a method of a class that inherits."""
    found = []
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                hook = isinstance(node, ast.ClassDef) and bool(node.bases)
                found.append((child, hook or bool(re.fullmatch(r"__\w+__", child.name))))
    return found


@functools.cache
def mentioned(tree: ast.AST) -> set[str]:
    """Names read, and attributes named, by statements outside function bodies; decorators and defaults count."""
    found, queue = set(), [tree]
    while queue:
        node = queue.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                outside = [*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)]
                queue.append(ast.Tuple(outside, ast.Load()))
                continue
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                found.add(child.id)
            elif isinstance(child, ast.Attribute):
                found.add(child.attr)
            queue.append(child)
    return found


def dead_functions(chapter: Chapter) -> Found:
    """Every function is reached, directly or through other functions, from a statement that ran."""
    reported = set()
    for notebook in chapter.notebooks:
        cells = [c for c in chapter.cells if c.kind == "code" and (c.place == notebook or notebook in FRAMEWORKS and c.place in ("shared", "each"))]
        scripts = [[cell] for cell in cells if cell.source.startswith("%%")]
        for group in [[cell for cell in cells if not cell.source.startswith("%%")], *scripts]:
            for cell, function in unreached([(cell, parse(cell.source)) for cell in group]):
                if (cell.number, function.name) not in reported:
                    reported.add((cell.number, function.name))
                    yield cell.code_line + function.lineno - 1, f"function `{function.name}` is never called: call it, or take it out"


def unreached(trees: list[tuple[Cell, ast.Module]]) -> Iterator[tuple[Cell, ast.FunctionDef]]:
    """The functions of one notebook that no statement reaches."""
    everything = [(cell, node, hook) for cell, tree in trees for node, hook in functions(tree)]
    names = set().union(*[mentioned(tree) for _, tree in trees])
    reached: set[int] = set()
    while True:
        fresh = [n for n, (_, node, hook) in enumerate(everything) if n not in reached and (hook or node.name in names)]
        if not fresh:
            break
        reached |= set(fresh)
        for n in fresh:
            body = ast.Module(everything[n][1].body, [])
            names |= mentioned(body)
    return ((cell, node) for n, (cell, node, _) in enumerate(everything) if n not in reached)
