"""What code defines and uses, read from syntax trees: dead functions, names that one framework lacks, the imports."""

import pytest
from small import FRONT, course

from triptych.chapter import read
from triptych.names import dead_functions, unset_names
from triptych.notebook import imports, parse
from triptych.weave import weave


def chapter_of(folder, *cells):
    """A chapter of these code cells, each (tags, source)."""
    return read(
        course(
            folder,
            FRONT
            + "".join(f"```{{code-cell}} ipython3\n:tags: [{tags}]\n\n{source}\n```\n\n" for tags, source in cells),
        ),
        "small",
    )


DEAD = {
    "called": ("def f(): pass\nf()", []),
    "passed on": ("def f(): pass\nprint(map(f, []))", []),
    "as a decorator": ("def f(g): return g\n@f\ndef h(): pass\nh()", []),
    "decorated alone": ("import atexit\n@atexit.register\ndef f(): pass", ["f"]),
    "never": ("def f(): pass", ["f"]),
    "only from the dead": ("def f(): g()\ndef g(): pass", ["f", "g"]),
    "each by the other": ("def f(): g()\ndef g(): f()", ["f", "g"]),
    "through another": ("def f(): g()\ndef g(): pass\nf()", []),
    "as a default": ("def f(): pass\ndef g(h=f): h()\ng()", []),
    "assigned alone": ("def f(): pass\nf = 1", ["f"]),
    "method called": ("class A:\n    def f(self): pass\nA().f()", []),
    "method never called": ("class A:\n    def f(self): pass\nA()", ["f"]),
    "method that a base class calls": ("class A(dict):\n    def f(self): pass\nA()", []),
    "special method": ("class A:\n    def __len__(self): return 1\nA()", []),
    "nested": ("def f():\n    def g(): pass\n    return g\nf()", []),
    "nested, never": ("def f():\n    def g(): pass\nf()", ["g"]),
    "in a script": ("%%writefile a.py\ndef f(): pass\nf()", []),
    "in a script, never": ("%%writefile a.py\ndef f(): pass", ["f"]),
    "async": ("async def f(): pass", ["f"]),
    "lambda": ("f = lambda: 1", []),
}


@pytest.mark.parametrize("source, expected", DEAD.values(), ids=DEAD)
def test_dead_functions(tmp_path, source, expected):
    """Code that never runs can be wrong for years, and readers copy it."""
    found = [message.split("`")[1] for _, message in dead_functions(chapter_of(tmp_path, ("setup", source)))]
    assert found == expected


def test_a_function_called_in_one_framework_alone_is_not_dead(tmp_path):
    """But one that is shared and called nowhere is reported once, not three times."""
    chapter = chapter_of(tmp_path, ("setup", "def f(): pass\ndef g(): pass"), ("keras", "f()"))
    assert [message.split("`")[1] for _, message in dead_functions(chapter)].count("g") == 1


def test_a_script_may_be_imported(tmp_path):
    """What another cell takes from it is used."""
    chapter = chapter_of(
        tmp_path, ("setup", "%%writefile a.py\ndef f(): pass\ndef g(): pass"), ("setup", "from a import f\nf()")
    )
    assert [message.split("`")[1] for _, message in dead_functions(chapter)] == ["g"]


def test_a_method_may_be_called_in_another_script(tmp_path):
    """After a dot; the same name without one is something else, and a script's own dead code is no caller."""
    source = "%%writefile a.py\nclass A:\n    def f(self): pass\n    def g(self): pass\n    def h(self): self.h()"
    chapter = chapter_of(tmp_path, ("setup", source), ("setup", "from a import A\ng = 1\nA().f(g)"))
    assert [message.split("`")[1] for _, message in dead_functions(chapter)] == ["g", "h"]


UNSET = {
    "in all": ([("keras", "a = 1"), ("tensorflow", "a = 1"), ("pytorch", "a = 1"), ("", "print(a)")], ""),
    "in two": (
        [("keras", "a = 1"), ("pytorch", "a = 1"), ("", "print(a)")],
        "`a` is never set in the tensorflow notebook",
    ),
    "below": ([("", "print(a)"), ("setup", "a = 1")], "`a` is never set in the keras and tensorflow and pytorch"),
    "in a loop": ([("", "for a in []: print(a)")], ""),
    "built in": ([("", "print(len)")], ""),
    "by import": ([("", "import os.path as p, sys\nprint(p, sys)")], ""),
    "by a walrus": ([("", "print(a := 1, a)")], ""),
    "by an exception": ([("", "try: pass\nexcept ValueError as a: print(a)")], ""),
    "as an argument": ([("", "print((lambda a: a)(1))")], ""),
    "by the first cell": ([("", "print(np)")], ""),
    "by one first cell alone": ([("each", "print(tf)")], "`tf` is never set in the keras and pytorch"),
    "in a framework's own cell": ([("keras", "print(absent)")], ""),
    "with magic beside it": ([("", "%time 1\nprint(a)")], "`a` is never set"),
    "by a solution": (
        [
            ("solution, keras", "a = 1"),
            ("solution, tensorflow", "a = 1"),
            ("solution, pytorch", "a = 1"),
            ("", "print(a)"),
        ],
        "`a` is never set",
    ),
}


@pytest.mark.parametrize("cells, words", UNSET.values(), ids=UNSET)
def test_names_are_set_in_every_framework(tmp_path, cells, words):
    """The next shared cell prints what all three have left."""
    found = [message for _, message in unset_names(chapter_of(tmp_path, *cells)) if "results:" not in message]
    assert words in "".join(found) and bool(found) == bool(words)


def test_imports_are_found_in_cells_and_scripts(tmp_path):
    """They decide which pins a notebook depends on."""
    source = "%%writefile a.py\nimport scipy.linalg\nfrom sklearn import svm\nfrom . import b"
    small = course(tmp_path, chapter := FRONT + f"```{{code-cell}} ipython3\n{source}\n```\n")
    assert chapter
    assert imports(weave(small, read(small, "small"), "pytorch"), "pytorch") == {
        "numpy",
        "ipykernel",
        "torch",
        "scipy",
        "sklearn",
    }
    assert "tensorflow" in imports(weave(small, read(small, "small"), "keras"), "keras")


def test_a_cell_that_is_no_python_has_an_empty_tree():
    """`check` names it; nothing else stumbles over it."""
    assert parse("if True print").body == []
