"""The rule of sameness, which decides between the three frameworks and between two runs."""

import pytest

from triptych.same import Printed, beside, masked, same

WORDS = {
    "runs of blanks": ("a  b\n c", "a b c", True),
    "blanks beside brackets": ("[ 1 2 ]", "[1 2]", True),
    "blanks beside a comma": ("a ,b", "a, b", False),
    "another word": ("loss 0.5", "lost 0.5", False),
    "a word more": ("loss 0.5", "loss 0.5 at last", False),
    "the case": ("Loss", "loss", False),
}
EXACT = {
    "count": ("7 cells", "8 cells", False),
    "shape": ("(3, 4)", "(3, 5)", False),
    "whole float": ("[1. 2.]", "[1. 3.]", False),
    "version of three parts": ("2.13.0", "2.13.1", False),
    "version after a product": ("Python 3.13", "Python 3.12", False),
    "version after a product and v": ("CUDA v12.4", "CUDA v12.5", False),
    "decimal after another word": ("loss 3.13", "loss 3.12", True),
    "name with a digit": ("float32", "float64", False),
    "number within a name": ("layer1.5x", "layer1.6x", False),
    "not a number": ("loss nan", "loss 0.5", False),
}
NUMBERS = {
    "one unit": ("loss 0.0098", "loss 0.0099", True),
    "two units": ("loss 0.0098", "loss 0.0100", False),
    "unit of the more precise": ("0.5", "0.51", True),
    "beyond the more precise": ("0.5", "0.52", False),
    "across zero": ("-0.01", "0.00", True),
    "sign": ("-0.5", "0.5", False),
    "negative zero": ("-0.000", "0.000", True),
    "exponent": ("1.00e-05", "1.01e-05", True),
    "exponent apart": ("1.00e-05", "1.02e-05", False),
    "another exponent": ("1.0e-05", "1.0e-04", False),
    "exponent without point": ("2e-7", "3e-7", True),
    "exponent against decimal": ("1.0e-1", "0.1", True),
    "point and none": ("1.0", "1", False),
    "many at once": ("a 0.10 b 0.20", "a 0.11 b 0.19", True),
    "one of many": ("a 0.10 b 0.20", "a 0.10 b 0.22", False),
    "decimal at a sentence's end": ("It is 0.50.", "It is 0.51.", True),
    "no leading digit": (".50", ".51", True),
}
ROWS = WORDS | EXACT | NUMBERS


@pytest.mark.parametrize("left, right, verdict", ROWS.values(), ids=ROWS)
def test_sameness(left, right, verdict):
    """Words and counts are exact; decimals may differ by one unit of the last digit; either order."""
    assert same(left, right) is verdict
    assert same(right, left) is verdict


def test_printed_compares_by_sameness():
    """nbval's comparison ends in `!=` between two strings."""
    assert not Printed("loss 0.5000") != "loss 0.5001"
    assert Printed("loss 0.5000") != "loss 0.6000"
    assert Printed("x") != 1


@pytest.mark.parametrize("left, right", [("12 ms", "7.5 ms"), ("1e-3 s", "200 s"), ("1,200 rows", "3 rows")])
def test_masked_numbers_are_equal(left, right):
    """Timings vary; the words around them may not."""
    assert masked(left) == masked(right)
    assert masked(left) != masked(right + " or so")


def test_lines_stand_side_by_side():
    """A difference is shown line by line, also where one text is shorter."""
    assert beside("a\nb\n", "a") == [("a", "a"), ("b", "")]
