"""A process that issues documents from several threads until it is killed; prints a line for each act that
was acknowledged.

python -m sanad_testkit.issuing_worker DATA FORMATION RUN THREADS
"""

import sys
import threading
from pathlib import Path

from sanad_node import types
from sanad_node.acting import acting_key, fingerprint, word
from sanad_node.contracts import load
from sanad_node.contracts.abi import encode_call
from sanad_node.issuing import paper_facts, prepare_paper
from sanad_node.node import Node
from sanad_node.pipeline.outbox import Request

OUT = threading.Lock()


def work(node: Node, formation: str, run: str, thread: int, signer: bytes, stop: threading.Event) -> None:
    """Accept one act after the other; an acknowledgement is printed only after `accept` has returned."""
    office = node.reader.formation(formation)
    number = 0
    while not stop.is_set():
        name = f"{run}-{thread}-{number}"
        checked = types.check(types.get("FILE"), f"document {name}".encode(), number=name)
        paper = prepare_paper(node, checked, office, name=name)
        call = encode_call(
            load("Ledger"), "issue", word("FILE"), checked.digest, paper.leaf.related, paper.leaf.data
        )
        mark = fingerprint(digest=checked.digest)
        (fact,) = paper_facts([paper], office, kept=False)
        node.outbox.accept(Request(name, mark, signer, "Ledger", call, (fact,)))
        with OUT:
            sys.stdout.write(f"{name} {checked.digest.hex()}\n")
            sys.stdout.flush()
        number += 1


def main() -> None:
    data, formation, run, threads = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    with Node(data) as node:
        node.catch_up()
        signer = acting_key(node, node.reader.formation(formation))
        stop = threading.Event()
        workers = [
            threading.Thread(target=work, args=(node, formation, run, n, signer, stop), daemon=True)
            for n in range(threads)
        ]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for worker in workers:
            worker.start()
        while True:
            node.pump()


if __name__ == "__main__":
    main()
