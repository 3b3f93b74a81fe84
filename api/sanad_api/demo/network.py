"""`python -m sanad_api.demo.network`: four administrations on one machine, each with its own node, chain process and
portal, and one story across them; then served until Ctrl-C.

Every start founds a new network. The four are processes of their own, as they would be in four countries; what they
know of each other they know from the network bundle and over their sockets.
"""

import argparse
import contextlib
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import Path

from sanad_api import settings
from sanad_api.accounts import Accounts
from sanad_api.callers import Role
from sanad_node import served
from sanad_node.cli.answers import complain
from sanad_node.cli.at import OPERATOR_PREFIX
from sanad_node.client import Client
from sanad_node.client.retrying import HERE
from sanad_node.consortium.beginning import Wish, found, join, prepare, sign
from sanad_node.consortium.start import begin as start_of_chain
from sanad_node.datadir import DataDirectory
from sanad_node.demo.record import Outcome, Record
from sanad_node.desk import Desk
from sanad_node.durable import write_file
from sanad_node.engines.base import ChainUnavailable
from sanad_node.node import Node
from sanad_node.reading import UnknownDocument
from sanad_node.samples import FOLDER
from sanad_node.wire.documents import IssueRequest, StandingRequest, VerifyRequest
from sanad_node.wire.formations import FormationRequest, KeyRequest, ScopeRequest
from sanad_verifier.errors import EnvironmentFault, SanadError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.trust import parse_trust

ORGANISATIONS = ("Sample Customs", "Sample Excise", "Sample Port Authority", "Partner Customs")
THRESHOLD, PERIOD = 3, 2
RECEIPT = "dossier/08-auction-receipt.json"
OFFICE, TYPE = "KAPW-AUC", "AUCTION_RECEIPT"
ACTS = ["issue", "suspend", "reinstate", "supersede", "revoke"]
PATIENCE = 120.0
SETTINGS = """\
[log]
level = "warning"

[consortium]
cosign_every_seconds = 2
"""


class StoryStuck(EnvironmentFault):
    """The network did not get where the story needs it in time."""

    code = "STORY_STUCK"


@dataclass
class Place:
    """One administration: its data directory, its portal's port, and its process."""

    name: str
    data: Path
    port: int
    password: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def desk(self) -> Iterator[Desk]:
        """What its operator asks with, through its service and no other way."""
        directory = DataDirectory.at(self.data)
        if served.address_of(directory) is None:
            raise StoryStuck(f"the service of {self.name} does not answer", field="network")
        token = OPERATOR_PREFIX + directory.secret("operator").hex()
        with Client(self.url, token, timeouts=HERE) as client:
            yield client


def main() -> int:
    """Found the network, tell the story, serve."""
    parser = argparse.ArgumentParser(prog="sanad-demo-network", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/network-data"), help="where the four live")
    parser.add_argument(
        "--port", type=int, default=8081, help="port of the first portal, the others follow; 0 for free ones"
    )
    parser.add_argument(
        "--once", action="store_true", help="end after the story, 0 only if all was as expected"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupted)
    places: list[Place] = []
    try:
        places = begin(options.data, options.port)
        record = Record(sys.stdout)
        began = time.monotonic()
        tell(record, places)
        record.summary(time.monotonic() - began)
        if not options.once:
            greet(places)
            _wait(places)
        return 0 if record.as_expected else 1
    except SanadError as error:
        return complain(error, as_json=False)
    except KeyboardInterrupt:
        return 0
    finally:
        end(places)


def _interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def begin(data: Path, first_port: int) -> list[Place]:
    """Make four data directories of one network, and start a service on each."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    ports = (
        range(first_port, first_port + len(ORGANISATIONS)) if first_port else _free_ports(len(ORGANISATIONS))
    )
    places = [
        Place(name, data / f"{number}-{name.lower().replace(' ', '-')}", port, _password())
        for number, (name, port) in enumerate(zip(ORGANISATIONS, ports, strict=True))
    ]
    requests = [
        prepare(one.data, Wish(one.name, "validator", f"127.0.0.1:{peers}", one.url))
        for one, peers in zip(places, _free_ports(len(places)), strict=True)
    ]
    start = start_of_chain("clique", requests, PERIOD, int(time.time()))
    bundle = found(places[0].data, "sample-network", requests, threshold=THRESHOLD, start=start)
    for one in places[1:]:
        bundle = sign(one.data, bundle)
    for one in places:
        join(one.data, bundle)
        write_file(one.data / settings.FILE, SETTINGS.encode())
        with Node(one.data) as node:
            accounts = Accounts(node.office, audience=node.network.origin, clock=node.clock)
            accounts.add(
                "admin", kind="person", formation="", roles=(Role.ADMIN, Role.AUDITOR), password=one.password
            )
    for one in places:
        command = [
            str(Path(sys.executable).with_name("sanad")),
            "up",
            "--data",
            str(one.data),
            "--port",
            str(one.port),
        ]
        with (one.data / "service.log").open("wb") as log:
            one.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    return places


def _password() -> str:
    return secrets.token_urlsafe(9)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _until(true: Callable[[], bool]) -> None:
    """Look twice a second until it is so."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(ChainUnavailable, EnvironmentFault):
            if true():
                return
        if time.monotonic() > deadline:
            raise StoryStuck(
                "the network did not get there in time; see service.log of each", field="network"
            )
        time.sleep(0.5)


def tell(record: Record, places: list[Place]) -> None:
    """The story: what one administration decides the others vote on; what one issues the others can check."""
    first, second, third, partner = places
    with contextlib.ExitStack() as stack:
        _until(lambda: all(_ready(one) for one in places))
        desks = [stack.enter_context(one.desk()) for one in places]
        one, two, three, abroad = desks
        with as_file(FOLDER) as folder:
            receipt = (Path(folder) / RECEIPT).read_bytes()
        chassis = str(json.loads(receipt)["vehicle"]["chassisNumber"])

        def decided(what: str, propose: Callable[[], object], holds: Callable[[Desk], bool]) -> None:
            def run() -> Outcome:
                propose()
                number = max(proposal.number for proposal in one.members().proposals)
                for desk in (two, three):
                    _until(lambda desk=desk: any(p.number == number for p in desk.members().proposals))  # type: ignore[misc]
                    desk.vote(number)
                _until(lambda: all(holds(desk) for desk in desks))
                return "final", ""

            record.run(f"{first.name} proposes {what}; two others vote", "final", run)

        def office(desk: Desk) -> bool:
            return any(formation.code == OFFICE for formation in desk.formations())

        def keyed(desk: Desk) -> bool:
            return any(formation.code == OFFICE and formation.keys for formation in desk.formations())

        def scoped(desk: Desk) -> bool:
            return any(formation.code == OFFICE and formation.scopes for formation in desk.formations())

        decided(
            "an auction cell",
            lambda: one.add_formation(FormationRequest(code=OFFICE, kind="AUCTION")),
            office,
        )
        decided("its key", lambda: one.add_key(OFFICE, KeyRequest()), keyed)
        decided("its scope", lambda: one.set_scope(OFFICE, ScopeRequest(type=TYPE, acts=ACTS)), scoped)

        issued: list[str] = []

        def issue() -> Outcome:
            act = one.issue(IssueRequest(type=TYPE, formation=OFFICE, name="receipt.json"), receipt)
            issued.append(act.about["digest"])
            return act.state, ""

        def verified(desk: Desk, subject: str) -> Callable[[], Outcome]:
            return lambda: ("", desk.verify(VerifyRequest(subject=subject), receipt).verdict)

        record.run(f"{first.name} issues an auction receipt", "final", issue)
        (digest,) = issued
        _until(lambda: all(_knows(desk, digest) for desk in desks))
        record.run(
            f"{partner.name} verifies it for the car in front of it", "authentic", verified(abroad, chassis)
        )
        record.run(f"{third.name} verifies it for another car", "refused", verified(three, "NZE141-6113208"))

        def offline() -> Outcome:
            trust = parse_trust(two.trust())
            _until(lambda: _cosigned(two))
            _, bundle = two.bundle(digest, with_document=False, with_chain=True)
            report = examine_bundle(bundle, trust, int(time.time()), document=receipt, subject=chassis)
            return f"{trust.quorum} cosign", report.overall.value

        record.run(
            f"offline, with a bundle of {second.name}: cosigned and sealed",
            f"{THRESHOLD} cosign authentic",
            offline,
        )
        record.run(
            "both ways to trust the log agree", "", lambda: ("", "" if two.cross_check().entries else "none")
        )

        def forge() -> Outcome:
            forged = receipt.replace(chassis.encode(), b"NZE141-6113208")
            return "", abroad.issue(IssueRequest(type=TYPE, formation=OFFICE), forged).state

        record.run(f"{partner.name} tries to issue another of that number", "refused NUMBER_IN_USE", forge)

        def revoke() -> Outcome:
            return one.change_standing(digest, StandingRequest(change="revoke", reason="fraud")).state, ""

        record.run(f"{first.name} revokes the receipt", "final", revoke)
        _until(lambda: abroad.document(digest, follow=False).state == "revoked")
        record.run(f"{partner.name} verifies it again", "refused", verified(abroad, chassis))
        size, _ = _heads(one)
        _until(lambda: all(_heads(desk)[0] >= size for desk in desks))  # each hears of a block by itself
        record.run(
            "all four have the same projections",
            "same",
            lambda: ("same" if len({_heads(desk) for desk in desks}) == 1 else "different", ""),
        )


def _ready(one: Place) -> bool:
    """Whether a service answers and its chain is in use."""
    if one.process is None or one.process.poll() is not None:
        raise StoryStuck(f"the node of {one.name} has ended; see service.log", field="network")
    with one.desk() as desk:
        status = desk.node_status()
        return not status.code and status.entries > 0


def _knows(desk: Desk, digest: str) -> bool:
    try:
        return desk.document(digest, follow=False).document.digest == digest
    except UnknownDocument:
        return False


def _cosigned(desk: Desk) -> bool:
    """Whether as many members as decide have cosigned the log as it is."""
    return desk.log_file("checkpoint", 1 << 16).count(b"/member-") >= THRESHOLD


def _heads(desk: Desk) -> tuple[int, str]:
    told = desk.verify_log()
    return told.size, told.root


def greet(places: list[Place]) -> None:
    """Where to go, and what to try."""
    print("\nFour administrations, one ledger   (Ctrl-C ends all)\n")
    print(f"  {'administration':<24} {'portal':<26} {'sign in as':<10} password")
    for one in places:
        print(f"  {one.name:<24} {one.url:<26} {'admin':<10} {one.password}")
    print("\n  Try: verify the sample receipt on any of them; ask each for /checkpoint and compare;")
    print("       sanad network show --data " + str(places[0].data))
    print("       kill one node's geth and look at the others' /readyz and /metrics\n", flush=True)


def _wait(places: list[Place]) -> None:
    while all(one.process is not None and one.process.poll() is None for one in places):
        time.sleep(0.5)
    print("a node has ended; see service.log in its folder", file=sys.stderr)


def end(places: list[Place]) -> None:
    """End every service, and with it its geth."""
    for one in places:
        if one.process is not None and one.process.poll() is None:
            one.process.send_signal(signal.SIGTERM)
    for one in places:
        if one.process is not None:
            try:
                one.process.wait(30)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()


if __name__ == "__main__":
    sys.exit(main())
