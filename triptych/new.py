"""A chapter to start from: it passes `check` once it has run."""

import re

from .course import Course, CourseError

TEMPLATE = '''\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# {title}

Which question does this chapter answer? Say why it matters, then what the reader can do at the end.

```{{code-cell}} ipython3
:tags: [setup]

x = [1.0, 2.0, 3.0]
```

## One step

Why this step, in a few lines.

```{{code-cell}} ipython3
:tags: [keras]

total = float(keras.ops.sum(x))
```

```{{code-cell}} ipython3
:tags: [tensorflow]

total = float(tf.reduce_sum(x))
```

```{{code-cell}} ipython3
:tags: [pytorch]

total = float(torch.tensor(x).sum())
```

What the three must agree on:

```{{code-cell}} ipython3
print(f"total {{total:.4f}}")
```

The total is {{{{ total }}}}.
'''


def new(course: Course, slug: str):
    """Write `book/<slug>.md` and list it at the end of `_toc.yml`.

    Raises CourseError if the slug is no file name in lower case, or taken, or `_toc.yml` has no list to extend.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", slug):
        raise CourseError(f"book/{slug}.md:1: `{slug}` is no slug: lower-case letters, digits, - and _, at most 40")
    if course.source(slug).exists():
        raise CourseError(f"book/{slug}.md:1: there is such a chapter already: choose another name")
    path = course.root / "_toc.yml"
    course.toc  # noqa: B018  (a broken _toc.yml is said before anything is written)
    text = path.read_text(encoding="utf-8").rstrip("\n")
    last = re.search(r"\n([ \t]*)- file:[^\n]*\Z", text)
    if last:
        text += f"\n{last.group(1)}- file: book/{slug}"
    elif "chapters:" not in text and "parts:" not in text:
        text += f"\nchapters:\n- file: book/{slug}"
    else:
        raise CourseError("_toc.yml:1: its last line is no `- file:` entry: list the chapter by hand")
    course.source(slug).parent.mkdir(parents=True, exist_ok=True)
    course.source(slug).write_text(TEMPLATE.format(title=slug.replace("-", " ").replace("_", " ").capitalize()), encoding="utf-8")
    path.write_text(text + "\n", encoding="utf-8")
