"""The chain as this node has followed it: every header checked against the council of the one before it.

Kept in memory are the blocks that may still change; what is final is a single council, written to `councils.json` with
every set of validators there has been, so that the next start goes on from there, and the hash of every block before it
(`hashes`), so that a header read again is known to be the one that was checked. A chain that leads to another block
below the final one is refused with `ConsensusViolation`, whatever its seals.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sanad_node.durable import write_file
from sanad_node.engines.base import ConsensusViolation, EngineLied
from sanad_node.engines.consensus import Council, Rule, Vote
from sanad_node.engines.hashes import Hashes
from sanad_verifier.chain.headers import Header
from sanad_verifier.chain.validators import Pinned, Validators

AT_A_TIME = 256
SAVED_EVERY = 512
"""Blocks after which the final council is written again: so many headers are checked twice after a crash."""
VERSION = 1

Fetch = Callable[[int, int], Sequence[Header]]
"""Headers of these numbers, first to last inclusive; fewer when the chain ends before."""


class FollowedChain:
    """Not thread-safe: its user holds a lock."""

    def __init__(self, path: Path, rule: Rule, genesis: Header, fetch: Fetch) -> None:
        self._path = path
        self._rule = rule
        self._fetch = fetch
        self._first = rule.first(genesis)
        self._hashes = Hashes(path.with_name("hashes"))
        self._final, self._sets = self._load()
        self._saved = self._final.height
        self._open: list[tuple[Header, Council]] = []
        self.final_header: Header | None = None
        """The newest header that stands, as it was told; None until this process has seen one."""

    @property
    def tip(self) -> Council:
        """After the newest block that was checked."""
        return self._open[-1][1] if self._open else self._final

    @property
    def final(self) -> Council:
        """After the newest block that stands."""
        return self._final

    def sets(self) -> tuple[Pinned, ...]:
        """Every set of validators up to now, in the order of the heights from which they seal."""
        known = [*self._sets]
        for _, council in self._open:
            _note(known, council)
        return tuple(known)

    def known(self, number: int) -> tuple[Header, bytes] | None:
        """A header that may still change, with its hash."""
        at = number - self._final.height - 1
        return (self._open[at][0], self._open[at][1].hash) if 0 <= at < len(self._open) else None

    def hash_at(self, height: int) -> bytes | None:
        """The hash of the block that stands at a height; None for those that are not final."""
        if height == 0:
            return self._first.hash
        return self._hashes.at(height) if height <= self._final.height else None

    def follow(self, height: int) -> None:
        """Check every header up to `height`, going back as far as the chain has changed."""
        self._leave_what_changed()
        while self.tip.height < height:
            first = self.tip.height + 1
            headers = self._fetch(first, min(height, first + AT_A_TIME - 1))
            if not headers:
                return
            for header in headers:
                if header.parent != self.tip.hash:
                    self._step_back(header)
                    break
                self._open.append((header, self._rule.after(self.tip, header)))
            self._settle()

    def _step_back(self, header: Header) -> None:
        """The chain goes on from another block than the newest one that was checked. If that was final, and the
        validators have sealed this one, they have broken their word.
        """
        known = self.tip
        if not self._open:
            self._rule.after(replace(known, hash=header.parent), header)
            raise ConsensusViolation("a block that was final is not on the chain", field="block")
        self._leave_what_changed()
        if self.tip == known:
            raise EngineLied("a header does not follow the one before it", field="header")

    def save(self) -> None:
        """Write down what is final."""
        council = self._final
        told = {
            "version": VERSION,
            "genesis": self._first.hash.hex(),
            "height": council.height,
            "hash": council.hash.hex(),
            "time": council.time,
            "votes": [[vote.voter.hex(), vote.about.hex(), vote.add] for vote in council.votes],
            "recent": [one.hex() for one in council.recent],
            "sets": [[one.since, [a.hex() for a in one.validators.addresses]] for one in self._sets],
        }
        self._hashes.flush()
        write_file(self._path, json.dumps(told).encode() + b"\n")
        self._saved = council.height

    def _leave_what_changed(self) -> None:
        """Forget the blocks that the chain has no more."""
        while self._open:
            header, council = self._open[-1]
            now = self._fetch(header.height, header.height)
            if now and self._rule.hash_of(now[0]) == council.hash:
                return
            self._open.pop()

    def _settle(self) -> None:
        """Let go of what has become final."""
        final = self._rule.final([self._final, *(council for _, council in self._open)])
        if final <= self._final.height:
            return
        count = final - self._final.height
        self._hashes.put(self._final.height + 1, [council.hash for _, council in self._open[:count]])
        for _, council in self._open[:count]:
            _note(self._sets, council)
        self.final_header, self._final = self._open[count - 1]
        del self._open[:count]
        if self._final.height - self._saved >= SAVED_EVERY:
            self.save()

    def _load(self) -> tuple[Council, list[Pinned]]:
        """What an earlier process had made out to be final; the genesis block where there is nothing of use."""
        start = (self._first, [Pinned(self._first.since, self._first.validators)])
        try:
            told: dict[str, Any] = json.loads(self._path.read_bytes())
            if told["version"] != VERSION or told["genesis"] != self._first.hash.hex():
                return start
            sets = [
                Pinned(int(since), Validators(tuple(bytes.fromhex(one) for one in addresses)))
                for since, addresses in told["sets"]
            ]
            council = Council(
                int(told["height"]),
                bytes.fromhex(told["hash"]),
                int(told["time"]),
                sets[-1].validators,
                sets[-1].since,
                tuple(Vote(bytes.fromhex(v), bytes.fromhex(a), bool(add)) for v, a, add in told["votes"]),
                tuple(bytes.fromhex(one) for one in told["recent"]),
            )
        except FileNotFoundError:
            return start
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return start  # it can be made again from the headers
        if council.height and self._hashes.at(council.height) != council.hash:
            return start
        return council, sets


def _note(sets: list[Pinned], council: Council) -> None:
    if council.since > sets[-1].since:
        sets.append(Pinned(council.since, council.validators))
