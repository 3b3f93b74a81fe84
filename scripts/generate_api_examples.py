"""Writes api/sanad_api/examples.json: what a real service was asked and answered, once for each operation.

python scripts/generate_api_examples.py

A test asks the same again and compares the forms; values differ from run to run, so this is run by hand when an
operation is new or has changed.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from sanad_testkit.api_story import ELSEWHERE, Told, prepared_service, told
from sanad_testkit.service import prepare

FILE = Path(__file__).parents[1] / "api/sanad_api/examples.json"
SHOWN = 2
"""Members of a list; the others are like them."""
SECRETS = {"token", "secret"}


def main() -> int:
    """Ask everything, and write what was said."""
    examples: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(Path(folder) / "prepared")
        with prepared_service(prepared, Path(folder)) as (service, known):
            for one in told(service, known):
                shown = example(one)
                first = examples.setdefault(one.step.route, shown)
                if shown.keys() & {"request"} and first is not shown:  # asked with a body of another kind
                    first["request"] = {**shown["request"], **first["request"]}
    examples |= ELSEWHERE
    FILE.write_text(json.dumps(examples, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{len(examples)} operations")
    return 0


def example(one: Told) -> dict[str, Any]:
    """A request and its answer, as the document shows them."""
    shown: dict[str, Any] = {"status": str(one.answer.status_code)}
    if one.place:
        shown["place"] = one.place
    if one.body is not None:
        shown["request"] = {one.step.kind: one.body}
    if one.said is not None:
        kind = one.answer.headers["Content-Type"].partition(";")[0]
        shown["answer"] = {kind: shortened(one.said)}
    return shown


def shortened(value: Any) -> Any:
    """The value with long lists cut and secrets hidden."""
    if isinstance(value, list):
        return [shortened(one) for one in value[:SHOWN]]
    if isinstance(value, dict):
        return {
            name: f"{one[:6]}…" if name in SECRETS and one else shortened(one) for name, one in value.items()
        }
    return value


if __name__ == "__main__":
    raise SystemExit(main())
