"""`python -m sanad_api.demo`: the sample network, served with a login for every role until Ctrl-C.

The first start founds the network and tells the whole sample story in it; later starts find it and everything
that was done since.
"""

import argparse
import io
import secrets
import shutil
import sys
from pathlib import Path

from sanad_api import settings
from sanad_api.demo import logins
from sanad_api.serving import serve
from sanad_node.cli.answers import complain
from sanad_node.demo.record import Record
from sanad_node.demo.story import tell
from sanad_node.durable import flush_folder, write_file
from sanad_verifier.errors import SanadError

QUIET = b'[log]\nlevel = "warning"\n'
"""A line for each request would soon push the logins out of sight."""


def main() -> int:
    """Serve the demonstration."""
    parser = argparse.ArgumentParser(prog="sanad-demo-service", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/run-data"), help="where the network lives")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (8080)")
    options = parser.parse_args()
    try:
        prepare(options.data)
        serve(options.data, host=None, port=options.port, say=lambda address: greet(address, options.data))
    except SanadError as error:
        return complain(error, as_json=False)
    return 0


def prepare(data: Path) -> None:
    """Make the demonstration's data directory, unless it is there. One that is half made is never left behind."""
    if data.exists():
        return
    print("preparing the sample network (once) …", flush=True)
    data.parent.mkdir(parents=True, exist_ok=True)
    workshop = data.with_name(f".{data.name}.{secrets.token_hex(4)}.making")
    try:
        record = Record(io.StringIO())
        tell(record, workshop, decide=False)  # the guides issue receipts without papers behind them
        logins.make(workshop)
        write_file(workshop / settings.FILE, QUIET)
        workshop.rename(data)
        flush_folder(data.parent)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def greet(address: str, data: Path) -> None:
    """Where to go, and who to be."""
    print(f"\nSanad serves {address}   (Ctrl-C ends it)\n")
    print(f"  verify a paper   {address}/verify      no account needed")
    print(f"  sign in          {address}/sign-in\n")
    print(f"  {'name':<10} {'password':<14} {'formation':<13} what they do")
    for one in logins.known(data):
        print(f"  {one.name:<10} {one.password:<14} {one.formation or '-':<13} {one.who}")
    print(f"\n  API              {address}/openapi.json")
    print(f"  data             {data}   (delete the folder to begin anew)\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
