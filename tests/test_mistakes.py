"""An author's mistakes: each gives one line that names the place, what was found, and what to do."""

import pytest
from small import CHAPTER, TOGETHER, course, edit, line_of, pretend

from triptych.check import check
from triptych.course import CourseError
from triptych.notebook import code_cells, digest, load, store

CODE = "```{code-cell} ipython3\n"
PROSE = "Each framework adds in its own way."
PANEL = "TensorFlow says nothing on the way."
SHARED = 'print(f"total {total:.4f} of {len(numbers)}")'
SHARED_CELL = CODE + SHARED
PLOT = f"{CODE}---\ncaption: Twos\nalt: A line\n---\nplt = print\nplt.show()\n```\n\n## Exercises"


def complaints(folder, text=CHAPTER, **more):
    """What `check` says of a course with this chapter."""
    return list(map(str, check(course(folder, text, **more), ["small"])))


def place(text, old, new, at=None):
    """Where a complaint must point once `new` is typed in place of `old`: at its cell, or where `at` stands."""
    if at is None:
        return f"book/small.md:{line_of(CHAPTER, old) - new.startswith(('[', ':tag'))}"
    return f"book/small.md:{line_of(text, at if at[0] != '[' else f'{CODE}:tags: {at}')}"


# What is typed in place of what, the telling words of the one complaint, and where it points if not there.
TEXT = {
    "unknown tag": ("[each]", "[eech]", "unknown tag `eech`: did you mean `each`?"),
    "tag like no other": ("[each]", "[each, zzz]", "unknown tag `zzz`: known are keras, tensorflow"),
    "unknown option of a code cell": (
        ":tags: [each]",
        ":tags: [each]\n:captoin: x",
        "`captoin`: did you mean `caption`?",
    ),
    "`:tag:` for `:tags:`": (":tags: [each]", ":tag: [each]", "`tag`: did you mean `tags`?"),
    "tags that are no list": (
        ":tags: [each]",
        ":tags: each",
        "cell options `:tags: each`: write tags as a list",
        ":tags: each",
    ),
    "option without its second colon": (
        ":tags: [each]",
        ":tags [each]",
        "cell options `:tags [each]`: write tags as a list",
        ":tags [each]",
    ),
    "tags of prose that are no list": ('["exercise"]', '"exercise"', "write tags as a list"),
    "unknown option of a prose cell": ('"points": 1', '"pionts": 1, "points": 1', "`pionts`: did you mean `points`?"),
    "options on plain prose": (
        '"tags": ["exercise"], ',
        "",
        "options id, points, objective on prose that is no exercise",
    ),
    "nbval's comment": (SHARED, "# NBVAL_SKIP\n" + SHARED, "nbval comment `# NBVAL_SKIP`: use the tags"),
    "nbval's other comment": (SHARED, "#PYTEST_VALIDATE_IGNORE_OUTPUT\n" + SHARED, "nbval comment `#PYTEST_VALIDATE"),
    "two frameworks": (
        "[tensorflow]\n\ntotal",
        "[tensorflow, keras]\n\ntotal",
        "two frameworks in one tag list, tensorflow and keras",
    ),
    "tags that exclude each other": ("[each]", "[each, together]", "tags `each` and `together` exclude each other"),
    "`backend` away from Keras": ("[each]", "[each, backend]", "tag `backend` belongs beside `keras`"),
    "`varies` on a shared cell": (
        "[setup]",
        "[setup, varies]",
        "tag `varies` on a shared cell, which must print the same",
    ),
    "starter without framework": (
        "[starter, keras]",
        "[starter]",
        "tag `starter` without a framework: make a cell for each",
    ),
    "check with framework": ("[check]", "[check, keras]", "tag `check` beside `keras`: one cell serves all three"),
    "exercise tag on code": ("[each]", "[exercise]", "tag `exercise` on a code cell"),
    "panel missing in a row": (
        "[pytorch]\n\ntotal",
        "[setup]\n\ntotal",
        "has keras and tensorflow, no pytorch: add its cell, or prose",
        "[keras]\n\ntotal",
    ),
    "heading in a panel": (
        PANEL,
        "## Nothing\n\n" + PANEL,
        "heading `Nothing` in a panel: headings stand in shared prose",
    ),
    "over-long prose panel": (PANEL, "word " * 81, "prose panel of 81 words in 1 paragraphs: is its closing", "+++ {"),
    "prose panel of three paragraphs": (
        PANEL,
        "One.\n\nTwo.\n\nThree.",
        "prose panel of 3 words in 3 paragraphs: is its closing",
        "+++ {",
    ),
    "directive in prose": (PROSE, "```{note}\nRead.\n```", "directive ````{note}` in prose: Colab would show it raw"),
    "colon directive": (PROSE, ":::{note}\nRead.\n:::", "directive `:::{note}` in prose"),
    "code cell in a list": (
        PROSE,
        "- so:\n  ```{code-cell} ipython3\n  x\n  ```",
        "in prose: Colab would show it raw",
        "  ```{code-cell}",
    ),
    "role in prose": (PROSE, "See {ref}`there`.", "role or label `See {"),
    "label in prose": (PROSE, "(there)=\n" + PROSE, "role or label `(there)=` in prose: write a CommonMark link"),
    "python fence": (PROSE, "```python\nx = 1\n```", "`python` fence in prose: make it a code cell that runs"),
    "fence with no words beside it": (PROSE, "```console\n$ ls\n```", "say *not executed here* beside it"),
    "decimal typed": (
        PROSE,
        f"{PROSE}\nIt adds to 6.25.",
        "`6.25` typed into prose: quote the run, `{{ words before it }}`",
        "6.25",
    ),
    "percentage typed": (PROSE, "It saves 40 % of them.", "number `40 %` typed into prose"),
    "number with a unit typed": (PROSE, "It takes 12 ms.", "number `12 ms` typed into prose"),
    "number typed into a panel": (PANEL, "It takes 1.5 steps.", "number `1.5` typed into prose"),
    "name that nothing sets": (
        SHARED_CELL,
        CODE + "print(many)",
        "name `many` is never set in the keras and tensorflow",
    ),
    "name set below alone": (PROSE, CODE + "print(total)\n```\n\nThen:", "name `total` is never set in the keras and"),
    "results that nothing sets": (
        "results: [total]",
        "results: [amount]",
        "`results:` names `amount`, which is never set",
        "---",
    ),
    "dead function": ("numbers = [", "def unused(): pass\nnumbers = [", "function `unused` is never called: call it"),
    "function that only calls itself": ("numbers = [", "def a(): a()\nnumbers = [", "function `a` is never called"),
    "long code line": (SHARED, SHARED + "  # " + "x" * 40, "code line of 89 characters: break it, 72 is the limit"),
    "no Python": (SHARED, "if True\n    x", "no Python: expected ':'"),
    "link to no heading": (
        "#the-steps-below",
        "#the-steps",
        "no heading, `#the-steps`: did you mean `#the-steps-below`?",
    ),
    "link to no chapter": ("#the-steps-below", "smal.md", "link to `smal.md`: there is no such chapter"),
    "link to no heading elsewhere": ("#the-steps-below", "index.md#nowhere", "link to no heading, `index.md#nowhere`"),
    "figure without caption": (
        "## Exercises",
        PLOT.replace("caption: Twos\n", ""),
        "a figure without a caption: write `caption: …`",
    ),
    "figure without alternative text": (
        "## Exercises",
        PLOT.replace("A line", "''"),
        "a figure without an alternative text",
    ),
    "exercise without points": ('"points": 1, ', "", "exercise without `points`: write +++"),
    "exercise without hidden check": (
        ":tags: [hidden-check]",
        ":tags: [check]",
        "exercise `double` has no hidden-check: add one",
        '"id": "double"',
    ),
    "starter before any exercise": (
        "## The steps below",
        CODE + ":tags: [check]\nprint(1)\n```\n\n## The steps below",
        "tag `check` before any exercise",
    ),
    "front matter not closed": (
        "[total]\n---\n",
        "[total]\n",
        "front matter, could not find expected ':': mend it, or close it with a line `---`",
        "```{code-cell}",
    ),
    "front matter without kernelspec": (
        "kernelspec:",
        "kernel:",
        "front matter needs `jupytext` and `kernelspec`",
        "---",
    ),
    "front matter no YAML": ("results: [total]", "results: [total", "malformed front matter"),
    "options no YAML": (
        ":tags: [each]",
        "---\ntags: [each\n---",
        "malformed cell options, mend them: Invalid YAML",
        CODE + "---\ntags:",
    ),
    "prose options no JSON": ('"id": "double"', '"id": double"', "malformed cell options, mend them: Expecting value"),
    "results no list": ("results: [total]", "results: total", "`results: total` should be a list: write", "---"),
}


@pytest.mark.parametrize("old, new, words, at", [(*row, None)[:4] for row in TEXT.values()], ids=TEXT)
def test_a_mistake_in_the_text_is_one_line(tmp_path, old, new, words, at):
    """The line is the author's, so that an editor can jump to it."""
    text = CHAPTER.replace(old, new, 1)
    (found,) = complaints(tmp_path, text)
    assert words in found
    assert found.startswith(place(text, old, new, at) + ": ")


def test_a_clean_chapter_has_no_complaints(tmp_path):
    """Else every other test here could pass for the wrong reason."""
    small = course(tmp_path, CHAPTER + TOGETHER)
    pretend(small)
    assert check(small) == []


@pytest.mark.parametrize("tags", ["- keras", "- keras\n- varies"])
def test_tags_may_be_a_yaml_list_of_lines(tmp_path, tags):
    """YAML has two ways to write a list; only one that is none is a mistake."""
    text = CHAPTER.replace(":tags: [keras]\n\ntotal", f"---\ntags:\n{tags}\n---\ntotal", 1)
    assert complaints(tmp_path, text) == complaints(tmp_path / "unchanged")


# As above; the course then runs, so that stored notebooks are judged.
RUN = {
    "shared cell that disagrees": (
        ":tags: [each]\n\n",
        "",
        "disagrees: keras `one of ['keras']` | tensorflow `one of ['tf']`",
        CODE + 'print("one',
    ),
    "shared cell that printed nothing": (
        SHARED,
        f"{SHARED}\n```\n\n{CODE}again = 1",
        "printed nothing in keras: print what it shows, or tag",
        CODE + "again",
    ),
    "`each` cell that printed nothing": (
        'print("one of"',
        'shown = ("one of"',
        "the cell printed nothing in pytorch",
        "[each]",
    ),
    "check that printed nothing": (
        'print("double:", "passed" if good',
        'str("passed" if good',
        "the cell printed nothing in tensorflow",
        "[check]",
    ),
    "quoted words that nothing prints": (
        "{{ total }}",
        "{{ totel }}",
        "`{{ totel }}`: no cell above prints these words and then",
    ),
    "quoted words printed below alone": (
        PROSE,
        PROSE + " So {{ total }}.",
        "`{{ total }}`: no cell above prints these words",
    ),
    "quoted words with two numbers": (
        SHARED,
        f'{SHARED}\nprint("total 7")',
        "keras prints 6.2500 and 7 after these words: quote more",
        "{{ total }}",
    ),
    "quoted words of one framework": (
        "{{ total }}",
        "{{ keras says }}",
        "differ (keras: 6.25, tensorflow: nothing, pytorch: nothing): say",
    ),
}


@pytest.mark.parametrize("old, new, words, at", [(*row, None)[:4] for row in RUN.values()], ids=RUN)
def test_a_mistake_that_a_run_shows_is_named(tmp_path, old, new, words, at):
    """The same line for each framework is one complaint each; no other complaint comes with it."""
    text = CHAPTER.replace(old, new, 1)
    small = course(tmp_path, text)
    pretend(small)
    found = list(map(str, check(small)))
    assert any(words in line for line in found)
    assert {line.split(": ")[0] for line in found} == {place(text, old, new, at)}


def tampered(folder, change, name="keras"):
    """What `check` says after `change` altered the printing cell as a run would, the fingerprint kept right."""
    small = course(folder)
    pretend(small)
    notebook = load(small.notebook(name, "small"))
    change(next(cell for cell in code_cells(notebook) if cell["source"] == SHARED), notebook)
    notebook["metadata"]["triptych"]["digest"] = digest(notebook)
    store(small.notebook(name, "small"), notebook)
    return list(map(str, check(small)))


SVG = {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg/>"}}
ERROR = {"output_type": "stream", "name": "stderr", "text": "careful\n"}
LEFT = {
    "no execution count": (
        lambda cell, notebook: cell.update(execution_count=None),
        "the keras cell has no execution count: run",
    ),
    "standard error": (
        lambda cell, notebook: cell["outputs"].append(ERROR),
        "wrote to standard error: catch the warning and print it",
    ),
    "a figure": (lambda cell, notebook: cell["outputs"].append(SVG), "a figure without a caption: write `caption: …`"),
}


@pytest.mark.parametrize("change, words", LEFT.values(), ids=LEFT)
def test_what_a_run_left_is_judged(tmp_path, change, words):
    """Outputs are part of the page: each needs its count and its words, and no warning stays in it."""
    found = tampered(tmp_path, change)
    assert any(words in line for line in found)
    assert {line.split(": ")[0] for line in found} == {f"book/small.md:{line_of(CHAPTER, SHARED_CELL)}"}


def house(folder, change, **more):
    """What `check` says of a course that ran, after `change` to its folder."""
    small = course(folder, **more)
    pretend(small)
    change(folder)
    return list(map(str, check(type(small)(folder))))


HOUSE = {
    "chapter not in the contents": (
        lambda at: edit(at / "_toc.yml", "- file: book/small\n", "- file: README\n"),
        "book/small.md:1: not in _toc.yml, so nobody finds it: add it there",
    ),
    "contents without chapter": (
        lambda at: edit(at / "_toc.yml", "book/small", "book/small\n- file: book/gone"),
        "book/gone.md:1: listed in _toc.yml, but there is no such chapter: write it",
    ),
    "notebook without chapter": (
        lambda at: (at / "notebooks/keras/old.ipynb").write_text("{}"),
        "book/old.md:1: notebooks/keras/old.ipynb belongs to no chapter: delete it",
    ),
    "fourth notebook without cells": (
        lambda at: store(at / "notebooks/together/small.ipynb", {"cells": []}),
        "book/small.md:1: notebooks/together/small.ipynb belongs to no chapter",
    ),
    "missing notebook": (
        lambda at: (at / "notebooks/keras/small.ipynb").unlink(),
        "book/small.md:1: notebooks/keras/small.ipynb has not run yet: run `python -m triptych run small`",
    ),
    "notebook that is no JSON": (
        lambda at: (at / "notebooks/keras/small.ipynb").write_text("{"),
        "notebooks/keras/small.ipynb has not run yet",
    ),
    "code cell on a plain page": (
        lambda at: edit(at / "book/index.md", "# Small", "# Small\n\n```{code-cell}\n1\n```"),
        "book/index.md:3: a code cell on a page without front matter never runs: add",
    ),
    "stale prose": (
        lambda at: edit(at / "book/small.md", PROSE, "Each in its own way."),
        "the prose of notebooks/keras/small.ipynb is stale: run `python -m triptych run small`",
    ),
}


@pytest.mark.parametrize("change, words", HOUSE.values(), ids=HOUSE)
def test_chapters_contents_and_notebooks_belong_together(tmp_path, change, words):
    """What one of them has and another lacks is found by nobody else."""
    found = house(tmp_path, change)
    assert any(words in line for line in found)
    assert {line.split(":")[0] for line in found} == {next(line for line in found if words in line).split(":")[0]}


BROKEN = {
    "no contents": (lambda at: (at / "_toc.yml").unlink(), "_toc.yml:1: no such file in"),
    "contents no YAML": (lambda at: edit(at / "_toc.yml", "- file", "- [file"), "_toc.yml:5: malformed YAML: expected"),
    "contents a list": (
        lambda at: (at / "_toc.yml").write_text("- a\n"),
        "_toc.yml:1: holds list, should be a mapping",
    ),
}


@pytest.mark.parametrize("few", [0, 8])
def test_a_course_of_many_chapters_is_checked_by_several_processes(tmp_path, monkeypatch, few):
    """They find what one process finds, also a link from one chapter to another's heading."""
    monkeypatch.setattr("triptych.check.FEW", few)
    others = {"one": CHAPTER.replace("#the-steps-below", "small.md#the-steps-below"), "two": CHAPTER.replace("[setup]", "[set-up]")}
    small = course(tmp_path, CHAPTER, **others)
    pretend(small)
    said = [str(problem) for problem in check(small)]
    assert said == [f"book/two.md:{line_of(CHAPTER, '```{code-cell} ipython3')}: unknown tag `set-up`: did you mean `setup`?"]


@pytest.mark.parametrize("change, words", BROKEN.values(), ids=BROKEN)
def test_a_course_without_contents_stops_with_one_line(tmp_path, change, words):
    """Nothing can be said about chapters that nobody lists."""
    with pytest.raises(CourseError) as error:
        house(tmp_path, change)
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)
