"""The page of the adversaries and the tests agree: each of the twenty-four has a line, a test, and both name the same
codes.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/adversaries.md"
LINE = re.compile(r"^\| (A\d+) \|(?P<cells>.*)\| `(test_\w+)` \|$", re.MULTILINE)
CODE = re.compile(r"`([A-Z][A-Z_]{3,})`")
ELSEWHERE = {"NEW_OFFICE"}
"""Codes of a line that another test asks for."""


def sources() -> dict[str, str]:
    """Name and source of each test of the adversaries."""
    found = {}
    for path in sorted((ROOT / "tests/adversaries").glob("test_*.py")):
        text = path.read_text("utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert node.name not in found
                found[node.name] = ast.get_source_segment(text, node) or ""
    return found


def test_every_adversary_has_one_line_and_one_test_of_its_number() -> None:
    lines = LINE.findall(PAGE.read_text("utf-8"))
    assert [number for number, _, _ in lines] == [f"A{n}" for n in range(1, 25)]
    assert [name for _, _, name in lines] == sorted(sources())
    for number, _, name in lines:
        assert name.startswith(f"test_a{int(number[1:]):02d}_")


def test_the_codes_that_a_line_names_are_asked_for_by_its_test() -> None:
    found, asked = sources(), 0
    for number, cells, name in LINE.findall(PAGE.read_text("utf-8")):
        seen = cells.split("|")[2]
        for code in set(CODE.findall(seen)) - ELSEWHERE:
            assert code in found[name] or "OVERDRAWN" in code, (number, code)
            asked += 1
    assert asked > 20
