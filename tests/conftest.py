"""What several test files need: kernels that find the stubs."""

import os

import pytest
from small import ROOT, STUBS


@pytest.fixture
def stubs(monkeypatch):
    """Let kernels that this process starts import the stubs in place of the frameworks."""
    monkeypatch.setenv("PYTHONPATH", f"{STUBS}{os.pathsep}{ROOT}")
