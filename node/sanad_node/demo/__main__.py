"""`python -m sanad_node.demo`: runs the story in a fresh data directory, prints one table, exits 0 only if
all was as expected.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from sanad_node.demo.record import Record
from sanad_node.demo.story import tell


def main() -> int:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(prog="sanad-demo", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the steps here as JSON")
    parser.add_argument("--data", type=Path, help="keep the data directory here instead of throwing it away")
    options = parser.parse_args()
    began = time.monotonic()
    record = Record(sys.stdout)
    with tempfile.TemporaryDirectory(prefix="sanad-demo-") as scratch:
        tell(record, options.data or Path(scratch) / "data")
    record.summary(time.monotonic() - began)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps([asdict(step) for step in record.steps], indent=1) + "\n")
    return 0 if record.as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
