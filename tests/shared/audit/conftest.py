"""What depends on the database is tested on both."""

from __future__ import annotations

import pytest

from tests.support.kernel import Kernel


@pytest.fixture
def kernel(kernel_on_each: Kernel) -> Kernel:
    return kernel_on_each
