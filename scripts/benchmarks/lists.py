"""Status lists: what a million entries in one cost to carry, to read and to change; what publishing costs."""

import sys
from pathlib import Path
from random import Random

from benchmarks.report import Report, milliseconds, rate
from sanad_node.node import Node
from sanad_node.regions import inside
from sanad_node.status_lists.present import present_state
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.examine import examine_bundle
from sanad_verifier.status_lists.document import Delta, ListDocument, parse_list
from sanad_verifier.status_lists.lists import read_lists
from sanad_verifier.status_lists.state import ListState, state_of
from sanad_verifier.verdict import Overall

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from sanad_testkit.evidence import NOW
from sanad_testkit.status_scene import StatusScene

ONE_IN = 1000
A_DAY = 54
READ = 10
CHECKED = 2000


def carried(report: Report, entries: int) -> None:
    """A list of which one entry in a thousand is not active, and a tenth as many documents of batches; a delta of
    one day.
    """
    label = f"_of_{entries // 1000}k"
    state = _state(entries)
    data = _published(state, state, 1).encode()
    report.add(f"status_list_size{label}", len(data) / 1000, "kB", entries)
    report.add(f"status_list_read{label}", milliseconds(READ, lambda _i: parse_list(data)), "ms", READ)
    random = Random(2)
    changes = sorted((random.randrange(entries), 1) for _ in range(A_DAY))
    later = state.changed(entries, changes, ())
    delta = _published(Delta(tuple(dict(changes).items()), ()), later, 2).encode()
    report.add("status_delta_size_of_54_changes", len(delta), "bytes", A_DAY)
    applying = milliseconds(READ, lambda _i: state.changed(entries, changes, ()).digest())
    report.add(f"status_delta_applied{label}", applying, "ms", READ)


def checked(report: Report) -> None:
    """A bundle with a list at hand, beside one without."""
    scene = StatusScene(steps=(({}, {}),))
    trust, bundle = scene.trust(), scene.bundle(5)
    lists = read_lists(scene.lists(), trust)

    def check(_i: int) -> None:
        if examine_bundle(bundle, trust, NOW, lists=lists).overall is not Overall.AUTHENTIC:
            raise SystemExit("the benchmark's bundle is not authentic")

    without = rate(CHECKED, lambda _i: examine_bundle(bundle, trust, NOW))
    report.add(
        "bundle_check_with_list", rate(CHECKED, check), "bundles/s", CHECKED, without, "without a list"
    )


def worked_out(report: Report, node: Node, label: str) -> None:
    """What the node's whole ledger comes to, before it is issued."""
    node.catch_up()
    numbers = [one.number for one in inside(node.reader.formations(), None, ())]
    size = node.reader.position().size
    with node.ledger.connect() as ledger:
        took = milliseconds(1, lambda _i: present_state(ledger, size, numbers))
    report.add(f"status_list_worked_out{label}", took, "ms", size)


def _state(entries: int) -> ListState:
    random = Random(1)
    singles = ((random.randrange(entries), 1) for _ in range(entries // ONE_IN))
    members = {sha256(b"%d" % at)[:16]: 1 for at in range(entries // ONE_IN // 10)}
    return state_of(entries, singles, members)


def _published(told: ListState | Delta, state: ListState, sequence: int) -> ListDocument:
    previous = None if sequence == 1 else Digest(bytes(32))
    return ListDocument(
        "bench/sanad/1",
        "*",
        (1, 2, 3),
        sequence,
        state.size,
        Digest(bytes(32)),
        NOW,
        previous,
        state.digest(),
        told,
    )
