import sys
from pathlib import Path

import pytest
from brownie import accounts

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))

GD = b"GOODS_DECLARATION".ljust(32, b"\0")
CARGO = b"CARGO".ljust(32, b"\0")
ALL_ACTS = 0xFFFFFFFE


def name(text):
    return text.encode().ljust(32, b"\0")


class Network:
    """A founded network: accounts 1-3 are members (two decide), accounts 4-6 the keys of three offices."""

    def __init__(self):
        from brownie_deploy import deploy

        self.founder = accounts[0]
        self.members = [accounts[i] for i in (1, 2, 3)]
        self.stranger = accounts[9]
        keys = [bytes([i]) * 32 for i in (1, 2, 3)]
        deployed = deploy(self.founder, self.members, keys, 2)
        self.consortium, self.formations, self.ledger, self.register, self.drawdown, self.titles, self.custody = deployed
        self.offices = {}
        for number, code in enumerate(("PORT", "CARRIER", "DEPOT"), start=1):
            self.decide(self.formations.addFormation.encode_input(name(code), name("CUSTOMS"), 0, 0, 0, 0))
            self.decide(self.formations.addKey.encode_input(number, accounts[3 + number], b"\0" * 32, 0, 0))
            for kind in (GD, CARGO):
                self.decide(self.formations.setScope.encode_input(number, kind, ALL_ACTS, 0, 0))
            self.offices[code] = accounts[3 + number]

    def decide(self, call):
        """The first member proposes a call of the formations, the second carries it."""
        proposed = self.consortium.propose(self.formations, call, {"from": self.members[0]})
        return self.consortium.approve(proposed.return_value, call, {"from": self.members[1]})


@pytest.fixture(scope="module")
def net():
    return Network()


@pytest.fixture(autouse=True)
def isolation(fn_isolation):
    """Each test begins on the chain as the fixtures left it."""
