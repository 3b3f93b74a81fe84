"""Write the vectors that follow from code again, or (`--check`) say which files differ from it."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from sanad_testkit.vectors import FILES, FOLDER, written


def main() -> int:
    """Write or compare every file; 1 if one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    differ = 0
    for name, make in FILES.items():
        file, text = FOLDER / name, written(make())
        if check and not (file.exists() and file.read_text("utf-8") == text):
            print(f"{name} differs", file=sys.stderr)
            differ = 1
        elif not check:
            file.write_text(text, "utf-8")
            print(name)
    return differ


if __name__ == "__main__":
    raise SystemExit(main())
