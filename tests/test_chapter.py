"""Reading a chapter and weaving it: which cell goes where, and that the same text gives the same bytes."""

import ast
import json

import pytest
from small import CHAPTER, FRONT, ROOT, TOGETHER, course, pretend

from triptych.chapter import anchors, read, rows
from triptych.course import FRAMEWORKS, Course
from triptych.notebook import code_cells, load
from triptych.weave import FIRST_CELL, header, solved, weave


def chapter_of(folder, body, slug="small"):
    """A chapter with the front matter and this body."""
    return read(course(folder, FRONT + body), slug)


def code(tags, source):
    """A code cell of a chapter."""
    return f"```{{code-cell}} ipython3\n:tags: [{tags}]\n\n{source}\n```\n\n"


def test_lines_are_the_authors(tmp_path):
    """Every message points into the file that the author has open."""
    lines = CHAPTER.splitlines()
    chapter = read(course(tmp_path), "small")
    for cell in chapter.cells:
        assert lines[cell.code_line - 1] == cell.source.splitlines()[0]
        assert cell.kind == "prose" or lines[cell.line - 1] == "```{code-cell} ipython3"


PLACES = {
    "": ("shared", "keras tensorflow pytorch"),
    "setup": ("shared", "keras tensorflow pytorch"),
    "keras": ("keras", "keras"),
    "pytorch, varies": ("pytorch", "pytorch"),
    "each": ("each", "keras tensorflow pytorch"),
    "together": ("together", "together"),
    "check": ("shared", "keras tensorflow pytorch"),
    "starter, tensorflow": ("tensorflow", "tensorflow"),
    "solution, tensorflow": ("tensorflow", ""),
    "hidden-check": ("shared", ""),
}


@pytest.mark.parametrize("tags, place, notebooks", [(tags, *row) for tags, row in PLACES.items()], ids=PLACES)
def test_tags_say_where_a_cell_belongs(tmp_path, tags, place, notebooks):
    """The table of the tags; what is published holds no solution and no hidden check."""
    (cell,) = chapter_of(tmp_path, code(tags, "x = 1")).cells
    assert cell.place == place
    assert [name for name in (*FRAMEWORKS, "together") if cell.belongs(name)] == notebooks.split()


ROWS = {
    "each once": ("ktp", ["ktp"]),
    "another order": ("ptk", ["ptk"]),
    "two of one": ("kktp", ["ktp"]),
    "one comes back": ("ktpktp", ["ktp", "ktp"]),
    "one comes back at once": ("ktk", ["kt", "k"]),
    "a shared cell between": ("kts p", ["kt", "p"]),
}


@pytest.mark.parametrize("letters, expected", ROWS.values(), ids=ROWS)
def test_a_row_ends_where_a_framework_comes_back(tmp_path, letters, expected):
    """Rows are found by name, never by position."""
    tag = {"k": "keras", "t": "tensorflow", "p": "pytorch", "s": ""}
    chapter = chapter_of(tmp_path, "".join(code(tag[letter], "1") for letter in letters.replace(" ", "")))
    assert ["".join(name[0] for name in row) for row in rows(chapter)] == expected


def test_solutions_are_no_part_of_the_starters_row(tmp_path):
    """Else a missing starter would be filled in by the solution."""
    cells = [code("starter, keras", "1"), code("starter, tensorflow", "1"), code("solution, pytorch", "1")]
    assert [list(row) for row in rows(chapter_of(tmp_path, "".join(cells)))] == [["keras", "tensorflow"], ["pytorch"]]


def test_headings_give_the_sites_anchors(tmp_path):
    """Links to them are checked, and they are addresses that may not change."""
    chapter = chapter_of(tmp_path, "# One\n\n## The `x` of it, *all*\n\n## Same\n\n## Same\n\n```text\n# no\n```\n")
    assert anchors(chapter) == {"one", "the-x-of-it-all", "same", "same-1"}


def test_a_page_without_front_matter_is_prose(tmp_path):
    """The course's first page and its like are not woven."""
    small = course(tmp_path)
    assert read(small, "index").plain and read(small, "index").notebooks == ()


def test_weaving_twice_gives_the_same_bytes(tmp_path):
    """A fresh clone stays clean after `make book`."""
    text = CHAPTER + TOGETHER
    twice = [
        weave(c := course(tmp_path / str(i) / "course", text), read(c, "small"), name)
        for i in range(2)
        for name in (*FRAMEWORKS, "together")
    ]
    assert json.dumps(twice[:4]) == json.dumps(twice[4:])
    assert len({json.dumps(notebook) for notebook in twice}) == 4


@pytest.mark.parametrize("heading", ["### Twice\n\n", ""])
def test_a_notebook_says_what_an_exercise_is_worth(tmp_path, heading):
    """Under its heading, as on the page; first where it has none."""
    options = '+++ {"tags": ["exercise"], "id": "double", "points": 1, "objective": "double a number"}\n\n'
    before, after = CHAPTER.split(options)
    text = after[after.index("\n\n") + 2 :] if after.startswith("#") else after
    small = course(tmp_path, before + options + heading + text)
    said = [cell["source"] for cell in weave(small, read(small, "small"), "keras")["cells"] if "1 point" in cell["source"]]
    assert [source.startswith(f"{heading}*1 point · double a number*\n\n{text[:20]}") for source in said] == [True]


def test_storing_twice_changes_no_file(tmp_path):
    """`run` settles the prose each time; a file that did not change is not written."""
    small = course(tmp_path)
    pretend(small)
    before = {path: path.read_bytes() for path in tmp_path.glob("notebooks/*/*")}
    pretend(small)
    assert before == {path: path.read_bytes() for path in tmp_path.glob("notebooks/*/*")}


def test_cell_ids_are_unique_and_legal(tmp_path):
    """The notebook format allows 64 letters, digits, - and _; nbval and the page find cells by them."""
    slug = "a-very-long-name" + "-of-a-chapter" * 4
    small = course(tmp_path, **{slug: CHAPTER})
    for name in FRAMEWORKS:
        ids = [cell["id"] for cell in weave(small, read(small, slug), name)["cells"]]
        assert len(set(ids)) == len(ids)
        assert all(len(identity) <= 64 and identity.replace("-", "").replace("_", "").isalnum() for identity in ids)


def test_numbers_in_prose_come_from_the_run(tmp_path):
    """What a reader of the notebook sees is what the cell above printed."""
    small = course(tmp_path)
    pretend(small)
    for name in FRAMEWORKS:
        prose = [cell["source"] for cell in load(small.notebook(name, "small"))["cells"]]
        assert "The total is 6.2500, of 3 numbers." in prose


def test_without_a_repository_links_are_relative_and_no_badge_is_shown(tmp_path):
    """A course that lies nowhere on the web must still have notebooks that link to each other."""
    small = course(tmp_path)
    text = header(small, read(small, "small"), "keras")
    assert "(../pytorch/small.ipynb)" in text and "(../../book/small.md)" in text
    assert "colab" not in text


def test_with_a_repository_links_lead_to_colab_and_to_the_site(tmp_path):
    """Readers' links point to the branch `published`, which has no solutions."""
    small = course(tmp_path)
    (tmp_path / "_config.yml").write_text("title: Small\nrepository:\n  url: https://github.com/owner/name\n")
    small = Course(tmp_path)
    text = "\n".join(cell["source"] for cell in weave(small, read(small, "small"), "keras")["cells"])
    assert "https://colab.research.google.com/github/owner/name/blob/published/notebooks/keras/small.ipynb" in text
    assert "(https://owner.github.io/name/book/small.html#the-steps-below)" in text


def test_a_solved_notebook_has_setup_solutions_and_both_checks(tmp_path):
    """Exercises stand alone, so that they can be handed in."""
    small = course(tmp_path)
    sources = [cell["source"] for cell in code_cells(solved(small, read(small, "small"), "keras"))[1:]]
    assert [source.split("\n")[0] for source in sources] == [
        "numbers = [1.0, 2.0, 3.25]",
        "def twice(x):",
        "good = twice(2) == 4",
        "good = twice(-3) == -6",
    ]
    assert "x + x" in sources[1]


@pytest.mark.parametrize("name", FIRST_CELL)
def test_the_first_cell_is_python(name):
    """It is the one cell that no author wrote and no chapter checks."""
    ast.parse(FIRST_CELL[name])


MODULES = sorted((ROOT / "triptych").glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=[path.stem for path in MODULES])
def test_public_functions_have_docstrings(path):
    """What a module offers is said where it is defined."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [node for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef))]
    public = [
        n
        for body in bodies
        for n in body.body
        if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and not n.name.startswith("_")
    ]
    assert [node.name for node in [*public] if not ast.get_docstring(node)] == []
    assert ast.get_docstring(tree)
