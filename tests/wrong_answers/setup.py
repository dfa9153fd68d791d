"""Common wrong answers to the exercises of book/setup.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

FRAMEWORKS = ("keras", "tensorflow", "pytorch")
TENSOR = {"keras": "keras.ops.convert_to_tensor", "tensorflow": "tf.convert_to_tensor", "pytorch": "torch.as_tensor"}
ALL = {"keras": "keras.ops.all", "tensorflow": "tf.reduce_all", "pytorch": "torch.all"}
PACKAGE = {"keras": "keras", "tensorflow": "tensorflow", "pytorch": "torch"}


def for_each(code):
    """The code for every framework, with its names filled in."""
    return {
        f: code.replace("TENSOR", TENSOR[f]).replace("ALL", ALL[f]).replace("PACKAGE", PACKAGE[f]) for f in FRAMEWORKS
    }


WRONG = {
    "where": [
        for_each("""\
def where_is(values):
    return "GPU"  # hoped, not asked
"""),
        for_each("""\
def where_is(values):
    return str(getattr(TENSOR(values), "device", ""))  # the whole address
"""),
    ],
    "at-least": [
        for_each("""\
def at_least(minimum, installed=version("PACKAGE")):
    def number(text):
        return float(".".join(text.split(".")[:2]))  # 2.13 as a decimal is less than 2.9
    return number(installed) >= number(minimum)
"""),
        for_each("""\
def at_least(minimum, installed=version("PACKAGE")):
    pairs = zip(installed.split("+")[0].split("."), minimum.split("."))
    return all(int(have) >= int(need) for have, need in pairs)  # 3.0.0 has no 100
"""),
        for_each("""\
def at_least(minimum, installed=version("PACKAGE")):
    def numbers(text):
        return tuple(map(int, text.split("+")[0].split(".")))
    return numbers(installed) >= numbers(minimum)  # 2.13 is less than 2.13.0
"""),
    ],
    "close": [
        for_each("""\
def close(a, b):
    a, b = TENSOR(a), TENSOR(b)
    if tuple(a.shape) != tuple(b.shape):
        return False
    return bool(ALL(abs(a - b) <= 1e-3))  # absolute: tiny values are all alike
"""),
        for_each("""\
def close(a, b):
    a, b = TENSOR(a), TENSOR(b)
    return bool(ALL(abs(a - b) <= 1e-3 * abs(b)))  # any shapes that broadcast
"""),
        for_each("""\
def close(a, b):
    a, b = TENSOR(a), TENSOR(b)
    if tuple(a.shape) != tuple(b.shape):
        return False
    return bool(ALL(a - b <= 1e-3 * abs(b)))  # 0.5 is no more than 1
"""),
        for_each("""\
def close(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and np.allclose(a, b, 1e-3, 0, equal_nan=True)
"""),
    ],
}
