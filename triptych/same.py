"""The one rule that decides whether two printed texts say the same."""

import re
from decimal import Decimal

# A number with a point or an exponent. `1.` (NumPy's way to print a whole float) is exact, so it is a word.
REAL = re.compile(r"(?<![\w.])([-+]?(?:\d+\.\d+(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+\.?[eE][-+]?\d+))(?![\w.]*\.\d|\w)")
ANY_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d*)?(?:[eE][-+]?\d+)?")
# After one of these names a number is a version, hence a word.
PRODUCT = re.compile(r"(?:Python|keras|tensorflow|torch|PyTorch|jax|jaxlib|numpy|CUDA|cuDNN|scikit-learn|matplotlib) v?$", re.I)


def normal(text: str) -> str:
    """The text with runs of blanks made one, and no blanks beside brackets."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r" ?([\[\](){}]) ?", r"\1", text)


def masked(text: str) -> str:
    """The text with every number replaced by `#`: what is compared where numbers vary."""
    return ANY_NUMBER.sub("#", text)


def pieces(text: str) -> tuple[list[str], list[str]]:
    """The words between the numbers, and the numbers, of a normalised text."""
    words, numbers, end, text = [""], [], 0, normal(text)
    for match in REAL.finditer(text):
        words[-1] += text[end : match.start()]
        if PRODUCT.search(text[: match.start()]):
            words[-1] += match.group()
        else:
            numbers.append(match.group())
            words.append("")
        end = match.end()
    words[-1] += text[end:]
    return words, numbers


def close(left: str, right: str) -> bool:
    """Whether two printed numbers differ by at most one unit of the last digit of the more precise one."""
    a, b = Decimal(left), Decimal(right)
    unit = Decimal(1).scaleb(min(a.as_tuple().exponent, b.as_tuple().exponent))
    return abs(a - b) <= unit


def same(left: str, right: str) -> bool:
    """Whether two outputs say the same: equal words, and numbers with a point equal up to their last digit."""
    if str.__eq__(left, right):  # `Printed` compares by this very function
        return True
    left_words, left_numbers = pieces(left)
    right_words, right_numbers = pieces(right)
    return left_words == right_words and all(map(close, left_numbers, right_numbers))


class Printed(str):
    """A printed text whose equality is `same`: what nbval compares in place of a plain string."""

    def __eq__(self, other):
        return same(self, other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other):
        return not self == other

    __hash__ = None


def beside(*texts: str) -> list[tuple[str, ...]]:
    """The texts' lines side by side, the shorter ones filled up with empty lines."""
    columns = [text.strip().splitlines() for text in texts]
    height = max(map(len, columns), default=0)
    return list(zip(*[column + [""] * (height - len(column)) for column in columns]))
