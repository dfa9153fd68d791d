"""Stands in for TensorFlow in the tests' small courses, so that a kernel starts in a second."""

from types import SimpleNamespace

__version__ = "0"
config = SimpleNamespace(list_physical_devices=lambda kind: [])
reduce_sum = sum
