"""Stands in for Keras in the tests' small courses, so that a kernel starts in a second."""

import os
from types import SimpleNamespace

__version__ = "0"
ops = SimpleNamespace(zeros=lambda shape: [0.0] * shape, sum=sum)
backend = SimpleNamespace(backend=lambda: os.environ["KERAS_BACKEND"])
