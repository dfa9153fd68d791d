"""Stands in for PyTorch in the tests' small courses, so that a kernel starts in a second."""

from types import SimpleNamespace

__version__ = "0"
cuda = SimpleNamespace(is_available=lambda: False)


def set_default_device(device):
    """Nothing to set."""


def tensor(values):
    """As much of a tensor as the template of a new chapter needs."""
    return SimpleNamespace(sum=lambda: sum(values))
