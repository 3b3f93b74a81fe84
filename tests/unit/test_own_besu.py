"""An own Besu does what the members have agreed on: peers let in and sent away, one vote at a time."""

import pytest

from sanad_node.engines.besu import OwnBesu
from sanad_node.engines.besu import address_of as of_identity
from sanad_node.engines.consensus import Council
from sanad_node.engines.endpoints import Endpoint
from sanad_node.engines.http_rpc import HttpRpc
from sanad_node.engines.wanted import node_id
from sanad_testkit.chain_server import ChainServer
from sanad_testkit.qbft_chain import Chain, hexed
from sanad_testkit.sealing import address_of, keys, set_of

FIVE = keys(5)


def enode(number: int) -> str:
    identity = FIVE[number].public_key.format(compressed=False)[1:].hex()
    return f"enode://{identity}@127.0.0.1:{30_300 + number}"


def council(count: int) -> Council:
    return Council(3, bytes(32), 0, set_of(FIVE[:count]), 1)


def test_a_besu_is_brought_to_what_the_bundle_says_and_left_there() -> None:
    chain = Chain(FIVE[:4])
    chain.own_enode = enode(0)
    chain.allowed = [enode(0), enode(1), "enode://" + "ab" * 64 + "@192.0.2.1:30303"]
    chain.votes = {hexed(bytes(20)): True}
    wanted = chain.wanted(
        peers=tuple(enode(number) for number in range(5)),
        validators=tuple(sorted(map(address_of, FIVE))),
    )
    with ChainServer(chain) as server:
        client = HttpRpc(Endpoint(server.url))
        besu = OwnBesu(client)
        besu.tend(wanted, council(4))
        assert besu.trouble == ""
        assert sorted(chain.allowed) == sorted(wanted.peers)
        assert chain.votes == {hexed(address_of(FIVE[4])): True}
        assert set(chain.asked_peers) == set(wanted.peers[1:])
        server.methods.clear()
        besu.tend(wanted, council(4))
        assert not {"perm_addNodesToAllowlist", "qbft_proposeValidatorVote"} & set(server.methods)

        besu.tend(wanted, council(5))  # it was voted in: the vote is taken back
        assert chain.votes == {}
        fewer = chain.wanted(peers=wanted.peers[:3], validators=tuple(sorted(map(address_of, FIVE[:3]))))
        besu.tend(fewer, council(5))
        assert list(chain.votes.values()) == [False]  # one at a time
        assert sorted(chain.allowed) == sorted(fewer.peers)
        client.close()


def test_one_that_does_not_seal_has_no_vote_and_one_that_refuses_is_named() -> None:
    chain = Chain(FIVE[:4])
    chain.own_enode = enode(4)
    wanted = chain.wanted(peers=(enode(4),), validators=tuple(sorted(map(address_of, FIVE))))
    with ChainServer(chain) as server:
        client = HttpRpc(Endpoint(server.url))
        besu = OwnBesu(client)
        besu.tend(wanted, council(4))
        assert (besu.trouble, chain.votes) == ("", {})
        for answer in (None, 7, "enode"):
            server.change = lambda method, told, a=answer: a if method == "perm_getNodesAllowlist" else told  # type: ignore[misc]
            besu.tend(wanted, council(4))
            assert besu.trouble
        server.change = lambda _, told: told
        besu.tend(wanted, council(4))
        assert besu.trouble == ""
        client.close()


def test_a_besu_that_cannot_be_reached_is_no_reason_to_stop() -> None:
    client = HttpRpc(Endpoint("http://127.0.0.1:9"))
    besu = OwnBesu(client)
    besu.tend(Chain(FIVE[:4]).wanted(), council(4))
    assert "reached" in besu.trouble
    client.close()


@pytest.mark.parametrize("number", range(2))
def test_a_validator_s_address_is_that_of_its_node_key(number: int) -> None:
    assert of_identity(node_id(enode(number))) == address_of(FIVE[number])
