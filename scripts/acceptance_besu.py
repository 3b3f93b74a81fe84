"""What must hold on a network of four Besus, tried on one machine with the operator's Besu (docs/howto/run-besu.md).

    python scripts/acceptance_besu.py FOLDER --besu /opt/besu/bin/besu

FOLDER must not exist. Four Besus and four nodes are started in it, on ports of this machine, and ended with it. Exit
code 0 when everything holds, 1 with the first thing that does not, 3 when it could not begin.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NUMBERS = (1, 2, 3, 4)
PEERS, RPC, SERVICE = 41300, 41540, 41800
PERIOD = 2
COMMAND_SECONDS = 300.0
QUIET = 10 * PERIOD
"""Seconds within which a network that runs makes a block, with or without transactions."""


class DoesNotHold(Exception):
    """What was found instead."""


@dataclass
class Place:
    """Where the network is; `patience` is how many seconds are waited for a thing that must come."""

    folder: Path
    besu: str
    sanad: str
    patience: float
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def ran(self, *arguments: str) -> tuple[int, Any]:
        """A command of sanad: its exit code, and what it told."""
        try:
            done = subprocess.run(
                [self.sanad, *arguments, "--json"],
                cwd=self.folder,
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=COMMAND_SECONDS,
            )
            return done.returncode, json.loads(done.stdout)
        except subprocess.TimeoutExpired as error:
            raise DoesNotHold(f"sanad {arguments[0]} {arguments[1]} does not end") from error
        except ValueError as error:
            raise DoesNotHold(done.stderr.decode("utf-8", "replace").strip()[-500:]) from error

    def must(self, *arguments: str) -> Any:
        """What a command told that has to succeed."""
        code, told = self.ran(*arguments)
        if code != 0:
            raise DoesNotHold(f"sanad {arguments[0]} {arguments[1]}: {told}")
        return told

    def start(self, name: str, command: list[str], folder: str = ".") -> None:
        """Start a process whose output goes to NAME.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=self.folder / folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def start_besu(self, number: int) -> None:
        self.start(f"besu-{number}", [self.besu, "--config-file=config.toml"], f"besu-{number}")

    def start_node(self, number: int) -> None:
        command = [self.sanad, "up", "--data", f"node-{number}", "--port", str(SERVICE + number)]
        self.start(f"node-{number}", command)

    def kill(self, name: str) -> None:
        """As a power cut would."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def end(self) -> None:
        for process in reversed(self.running.values()):
            process.terminate()
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()

    def within(self, holds: Callable[[], object], what: str) -> None:
        """Wait until it holds."""
        until = time.monotonic() + self.patience
        while not _holds(holds):
            if time.monotonic() > until:
                raise DoesNotHold(f"{what}: not within {self.patience:.0f} s")
            time.sleep(0.5)

    def asked(self, number: int, method: str, *params: Any) -> Any:
        """What a Besu answers."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{RPC + number}", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())["result"]

    def entries(self, number: int) -> int:
        """How long the log is at a node, which has to be ready."""
        with urllib.request.urlopen(f"http://127.0.0.1:{SERVICE + number}/readyz", timeout=10) as answer:
            return int(json.loads(answer.read())["entries"])

    def propose(self, number: int, code: str) -> Any:
        """An act of this node: an entry of the log, whoever votes on it."""
        command = ("formation", "add", code, "--kind", "AUCTION", "--data", f"node-{number}")
        return self.ran(*command)[1]

    def height(self, number: int) -> int:
        return int(self.asked(number, "eth_blockNumber"), 16)


def _holds(look: Callable[[], object]) -> bool:
    try:
        return bool(look())
    except (OSError, ValueError, KeyError, TypeError, DoesNotHold):
        return False


def steps(place: Place) -> Iterator[str]:
    """Each thing that must hold, once it was seen to."""
    found(place)
    for n in NUMBERS:
        place.start_besu(n)
    given = ("--bundle", "acceptance.network")
    for n in NUMBERS:
        url = f"http://127.0.0.1:{RPC + n}"
        place.within(lambda url=url: place.ran("engine", "check", url, *given)[0] == 0, f"engine check {url}")  # type: ignore[misc]
    yield "four Besus of 26.7.1 or newer answer as the network needs it"

    for n in NUMBERS:
        place.must(
            "node",
            "join",
            "acceptance.network",
            "--besu",
            f"http://127.0.0.1:{RPC + n}",
            "--data",
            f"node-{n}",
        )
        place.start_node(n)
    for n in NUMBERS:
        place.within(lambda n=n: place.entries(n) > 0, f"node {n} is ready")  # type: ignore[misc]
    yield "four nodes have the contracts and are ready"

    size = _acted(place, "ACC-ONE", NUMBERS)
    looked = place.must("log", "cross-check", "--data", "node-2")
    if int(looked["size"]) < size:
        raise DoesNotHold(f"the cross-check looked at {looked}")
    yield "an act of one node is at all, and its seals are checked"

    place.kill("besu-4")
    _acted(place, "ACC-TWO", (1, 2, 3))
    yield "with one Besu killed, an act becomes final"

    place.kill("besu-3")
    time.sleep(2 * PERIOD)  # what was under way is done
    before, size = place.height(1), place.entries(1)
    act = place.propose(1, "ACC-THREE")
    time.sleep(QUIET)
    if place.height(1) != before or act["state"] not in {"accepted", "signed"}:
        raise DoesNotHold(f"blocks {before} to {place.height(1)}, the act is {act['state']}")
    yield "with two killed, there are no new blocks, and an act is promised"

    place.start_besu(3)
    place.start_besu(4)
    for n in NUMBERS:
        place.within(lambda n=n: place.entries(n) > size, f"node {n} has what was promised")  # type: ignore[misc]
    yield "with both back, what was promised is final"

    height = hex(min(place.height(n) for n in NUMBERS))
    hashes = {place.asked(n, "eth_getBlockByNumber", height, False)["hash"] for n in NUMBERS}
    if len(hashes) != 1:
        raise DoesNotHold(f"block {height} has the hashes {sorted(hashes)}")
    yield "the killed Besus have the same chain as the others"


def found(place: Place) -> None:
    """Keys, requests, the bundle, and each Besu's files."""
    for n in NUMBERS:
        place.must(
            *("node", "init", "--engine", "besu", "--organisation", f"Acceptance {n}"),
            *("--listen", f"127.0.0.1:{PEERS + n}", "--data", f"node-{n}", "-o", f"request-{n}.json"),
        )
    requests = [f"request-{n}.json" for n in NUMBERS]
    place.must(
        *(
            "network",
            "found",
            *requests,
            "--consensus",
            "qbft",
            "--period",
            str(PERIOD),
            "--name",
            "acceptance",
        ),
        *("--threshold", "3", "--data", "node-1", "-o", "acceptance.network"),
    )
    for n in NUMBERS[1:]:
        place.must("network", "sign", "acceptance.network", "--data", f"node-{n}")
    for n in NUMBERS:
        place.must(
            *("engine", "config", "besu", "-o", f"besu-{n}", "--bundle", "acceptance.network"),
            *("--rpc-port", str(RPC + n), "--data", f"node-{n}"),
        )


def _acted(place: Place, code: str, at: tuple[int, ...]) -> int:
    """Have node 1 act, and wait until each of these has the entry; returns the log's length."""
    size = place.entries(1)
    place.propose(1, code)
    for n in at:
        place.within(lambda n=n: place.entries(n) > size, f"node {n} has the entry of {code}")  # type: ignore[misc]
    return size + 1


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--besu", required=True, help="path of Besu")
    parser.add_argument("--sanad", default=str(Path(sys.executable).with_name("sanad")), help="path of sanad")
    parser.add_argument("--patience", type=float, default=180.0, help="seconds to wait for what must come")
    given = parser.parse_args(arguments)
    besu, sanad = shutil.which(given.besu), shutil.which(given.sanad)
    if besu is None or sanad is None or given.folder.exists():
        print("Besu and sanad have to be programs, and the folder must not exist", file=sys.stderr)
        return 3
    given.folder.mkdir(parents=True)
    place = Place(
        given.folder.absolute(), str(Path(besu).absolute()), str(Path(sanad).absolute()), given.patience
    )
    try:
        for number, what in enumerate(steps(place), start=1):
            print(f"ok {number} {what}", flush=True)
    except DoesNotHold as error:
        print(f"NOT: {error}; logs are in {given.folder}", file=sys.stderr)
        return 1
    finally:
        place.end()
    print("accepted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
