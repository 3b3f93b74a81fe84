"""What every test module may use without asking: the marks that are not in pyproject.toml."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives a real Chromium")
