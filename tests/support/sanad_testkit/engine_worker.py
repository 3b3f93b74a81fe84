"""A process that makes blocks until it is killed, and writes down what it was told is in them.

Run as `python engine_worker.py FOLDER ACKNOWLEDGED SEED`. Each line of ACKNOWLEDGED is one block number, its hash, and
the transactions a returned `broadcast` vouches for; a line is one write, so a kill leaves whole lines.
"""

import os
import random
import sys
import time
from pathlib import Path

from sanad_node.engines.anvil import AnvilEngine
from sanad_node.engines.base import ChainUnavailable
from sanad_testkit.engines import Sender, tx_hash


def main() -> None:
    folder, acknowledged, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    log = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with AnvilEngine(folder, clock=time.time) as engine:
        sender = Sender()
        sender.nonce = engine.nonce(sender.address)
        while True:
            raws = [sender.store(1 + rng.randrange(50)) for _ in range(rng.choice((1, 1, 5, 40, 300)))]
            while True:
                try:
                    engine.broadcast(raws)
                    head = engine.head()
                    break
                except ChainUnavailable:
                    continue  # anvil was killed: the same bytes again, as the submitter does
            line = " ".join([str(head.number), head.hash.hex(), *(tx_hash(raw).hex() for raw in raws)])
            os.write(log, line.encode() + b"\n")


if __name__ == "__main__":
    main()
