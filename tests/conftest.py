"""What the tests share: the real paintings and weights where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real paintings and weights; tests that use it carry the mark ``shared``."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the paintings and weights in {SHARED}")
    return SHARED
