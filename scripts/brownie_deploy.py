"""Deploys the seven contracts and founds the consortium: `brownie run brownie_deploy [main MEMBERS THRESHOLD]`.

The first account deploys and founds. On the local development chain the members are the next accounts; elsewhere give
`address=cosigning key` pairs, separated by commas.
"""

from brownie import Consortium, Custody, Drawdown, Formations, Ledger, Register, Titles, accounts, network


def deploy(founder, members, cosigning_keys, threshold):
    """Deploy in the order the contracts know each other, and found; returns the seven contracts."""
    consortium = founder.deploy(Consortium, members, cosigning_keys, threshold)
    formations = founder.deploy(Formations, consortium)
    ledger = founder.deploy(Ledger, consortium, formations)
    register = founder.deploy(Register, consortium, formations, ledger)
    drawdown = founder.deploy(Drawdown, consortium, formations, ledger)
    titles = founder.deploy(Titles, consortium, formations, ledger)
    custody = founder.deploy(Custody, consortium, formations, ledger, register)
    consortium.found(ledger, formations, register, drawdown, titles, custody, {"from": founder})
    return consortium, formations, ledger, register, drawdown, titles, custody


def main(members="", threshold="2"):
    if members:
        pairs = [pair.split("=", 1) for pair in members.split(",")]
        addresses, keys = [address for address, _ in pairs], [key for _, key in pairs]
    elif network.show_active() == "development":
        addresses = [accounts[i] for i in (1, 2, 3)]
        keys = [bytes([i]) * 32 for i in (1, 2, 3)]
    else:
        raise SystemExit("on a live network the members must be given: address=cosigning key,…")
    for contract in deploy(accounts[0], addresses, keys, int(threshold)):
        print(f"{contract._name:<12}{contract.address}")
