"""Requests to take part and network bundles: what was asked and agreed is what was signed, and nothing else is."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sanad_node.consortium.beginning import (
    ListenInvalid,
    NodeRoleInvalid,
    RequestsInvalid,
    Wish,
    join,
    member_told,
    node_told,
    prepare,
    request_digest,
    role_of,
    sign,
    waiting_directory,
)
from sanad_node.consortium.bundle import (
    BundleInvalid,
    BundleUnfit,
    BundleUnsigned,
    ContractTold,
    NetworkBundle,
    read_bundle,
    sign_bundle,
)
from sanad_node.consortium.changing import admit, offer, release, sign_following, waiting
from sanad_node.consortium.genesis import EPOCH, clique_genesis, genesis_hash
from sanad_node.consortium.requests import JoinRequest, RequestInvalid, read_request
from sanad_node.consortium.sealing import SecretUnreadable, seal, sealing_public, unseal
from sanad_node.consortium.start import begin
from sanad_node.datadir import DataDirectory, DataDirectoryExists, DataDirectoryMissing
from sanad_verifier.errors import EvidenceError, SanadError
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import parse_note

ORIGIN = "pk/sanad/7"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, JoinRequest]]:
    folder = tmp_path_factory.mktemp("offices")
    return [
        (
            folder / f"office-{n}",
            prepare(folder / f"office-{n}", Wish(f"Customs {n}", "validator", f"127.0.0.1:{30300 + n}")),
        )
        for n in range(3)
    ]


@pytest.fixture
def offices(prepared: list[tuple[Path, JoinRequest]], tmp_path: Path) -> list[tuple[Path, JoinRequest]]:
    """Three administrations that have asked to take part, in folders of the test's own."""
    return [(shutil.copytree(path, tmp_path / path.name), request) for path, request in prepared]


def drawn_up(offices: list[tuple[Path, JoinRequest]], threshold: int = 2) -> NetworkBundle:
    """The bundle of a network of these administrations, as `found` makes it but for contracts tried on no chain."""
    secret = DataDirectory(offices[0][0]).secret("network")
    requests = [request for _, request in offices]
    genesis = clique_genesis(7, [bytes.fromhex(one.asked.validator) for one in requests], 5, 1_790_000_000)
    return NetworkBundle(
        schema_="urn:sanad:network-bundle:1",
        version=1,
        previous="",
        name="pk",
        origin=ORIGIN,
        chain_id=7,
        consensus="clique",
        period=5,
        epoch=EPOCH,
        confirmations=0,
        genesis=genesis,
        genesis_hash=genesis_hash(genesis).hex(),
        threshold=threshold,
        members_ever=len(requests),
        members=[member_told(one, number) for number, one in enumerate(requests, start=1)],
        nodes=[node_told(one, number, secret, ORIGIN) for number, one in enumerate(requests, start=1)],
        contracts=[
            ContractTold(role=role, address=f"{n:040x}", code_hash=f"{n:064x}")
            for n, role in enumerate(
                ("Consortium", "Formations", "Ledger", "Register", "Drawdown", "Titles", "Custody"), start=1
            )
        ],
        founding=["c0"],
    )


def signed(offices: list[tuple[Path, JoinRequest]], count: int) -> bytes:
    bundle = drawn_up(offices)
    data: bytes | None = None
    for number in range(1, count + 1):
        seed = DataDirectory(offices[number - 1][0]).secret("cosigner")
        data = sign_bundle(bundle, number, seed, 1_790_000_000, data)
    assert data is not None
    return data


# -- requests ----------------------------------------------------------------------------------------------------------


def test_a_request_is_read_as_it_was_made_and_has_one_code(offices: list[tuple[Path, JoinRequest]]) -> None:
    path, request = offices[0]
    again = read_request((path / "join-request.json").read_bytes())
    assert again == request
    assert request_digest(again) == request_digest(request) != request_digest(offices[1][1])


@pytest.mark.parametrize(
    "member", ["organisation", "enode", "member", "validator", "cosigningKey", "logKey", "statusKey"]
)
def test_a_request_in_which_one_thing_was_changed_is_refused(
    offices: list[tuple[Path, JoinRequest]], member: str
) -> None:
    told = offices[0][1].told()
    told["asked"][member] = offices[1][1].told()["asked"][member]
    with pytest.raises(RequestInvalid):
        read_request(canonicalise(told) + b"\n")


@pytest.mark.parametrize("proof", ["node", "member", "validator", "cosigningKey"])
def test_a_request_with_a_proof_of_another_key_is_refused(
    offices: list[tuple[Path, JoinRequest]], proof: str
) -> None:
    told = offices[0][1].told()
    told["proofs"][proof] = offices[1][1].told()["proofs"][proof]
    with pytest.raises(RequestInvalid, match="sign"):
        read_request(canonicalise(told) + b"\n")


@pytest.mark.parametrize("change", [
    pytest.param(lambda told: {**told, "more": 1}, id="a-member-more"),
    pytest.param(lambda told: {"asked": told["asked"]}, id="no-proofs"),
    pytest.param(lambda told: {**told, "asked": {**told["asked"], "role": "king"}}, id="another-role"),
    pytest.param(lambda told: {**told, "asked": {**told["asked"], "role": "observer"}}, id="an-observer-that-seals"),
    pytest.param(lambda told: {**told, "proofs": {**told["proofs"], "validator": ""}}, id="a-key-without-proof"),
])  # fmt: skip
def test_a_request_of_another_form_is_refused(
    offices: list[tuple[Path, JoinRequest]], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    with pytest.raises(RequestInvalid):
        read_request(canonicalise(change(offices[0][1].told())) + b"\n")


@pytest.mark.parametrize("data", [b"", b"{}", b"{}\n", b"[1]\n", b"\xff\n", b'{"a":1,"a":2}\n', b"{" * 5000])
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(RequestInvalid):
        read_request(data)


def test_a_request_in_another_spelling_is_refused(offices: list[tuple[Path, JoinRequest]]) -> None:
    data = offices[0][1].encode()
    read_request(data)
    with pytest.raises(RequestInvalid):
        read_request(json.dumps(json.loads(data)).encode() + b"\n")


@pytest.mark.parametrize("listen", ["", "host", "host:", ":1", "host:0", "host:70000", "host:x", "host:１"])
def test_a_place_that_is_no_host_and_port_is_refused(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ListenInvalid):
        prepare(tmp_path / "new", Wish("Customs", "observer", listen))
    assert not (tmp_path / "new").exists()


def test_a_role_that_is_none_is_refused() -> None:
    assert role_of("validator") == "validator"
    assert role_of("observer") == "observer"
    with pytest.raises(NodeRoleInvalid):
        role_of("rpc")


# -- the secret --------------------------------------------------------------------------------------------------------


def test_a_secret_is_read_with_the_key_it_is_sealed_to_and_with_no_other() -> None:
    mine, other = b"\1" * 32, b"\2" * 32
    sealed = seal(b"s" * 32, sealing_public(mine), ORIGIN)
    assert unseal(sealed, mine, ORIGIN) == b"s" * 32
    for wrong in (
        (sealed, other, ORIGIN),
        (sealed, mine, "other"),
        (sealed[:-1], mine, ORIGIN),
        (b"", mine, ORIGIN),
    ):
        with pytest.raises(SecretUnreadable):
            unseal(*wrong)


# -- bundles -----------------------------------------------------------------------------------------------------------


def test_a_bundle_that_enough_have_signed_is_joined_and_leaves_the_secret(
    offices: list[tuple[Path, JoinRequest]],
) -> None:
    data = signed(offices, 2)
    secret = DataDirectory(offices[0][0]).secret("network")
    network = join(offices[2][0], data)
    assert network.origin == ORIGIN
    assert bytes.fromhex((offices[2][0] / "secrets" / "network").read_text().strip()) == secret
    with pytest.raises(DataDirectoryExists):
        join(offices[2][0], data)


def test_a_bundle_that_too_few_have_signed_is_joined_by_nobody(
    offices: list[tuple[Path, JoinRequest]],
) -> None:
    with pytest.raises(BundleUnsigned, match="1 of 2"):
        join(offices[2][0], signed(offices, 1))
    assert waiting_directory(offices[2][0])


def test_one_who_is_not_in_a_bundle_neither_signs_nor_joins_it(
    offices: list[tuple[Path, JoinRequest]], tmp_path: Path
) -> None:
    prepare(tmp_path / "stranger", Wish("Stranger", "validator", "127.0.0.1:30999"))
    for do in (sign, join):
        with pytest.raises(BundleUnfit, match="not in"):
            do(tmp_path / "stranger", signed(offices, 2))
    with pytest.raises(DataDirectoryMissing):
        join(tmp_path / "nowhere", signed(offices, 2))


@pytest.mark.parametrize("change", [
    pytest.param({"listen": "127.0.0.1:1"}, id="another-port"),
    pytest.param({"validator": "ab" * 20}, id="another-sealing-key"),
])  # fmt: skip
def test_a_bundle_that_names_a_node_otherwise_than_it_asked_is_refused(
    offices: list[tuple[Path, JoinRequest]], change: dict[str, str]
) -> None:
    place = offices[2][0] / "chain" / "place.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), **change}))
    with pytest.raises(BundleUnfit, match="as it asked"):
        join(offices[2][0], signed(offices, 2))


def test_a_bundle_whose_genesis_has_another_hash_than_it_says_is_refused(
    offices: list[tuple[Path, JoinRequest]],
) -> None:
    bundle = drawn_up(offices).model_copy(update={"genesis_hash": "00" * 32})
    data: bytes | None = None
    for number in (1, 2):
        data = sign_bundle(bundle, number, DataDirectory(offices[number - 1][0]).secret("cosigner"), 1, data)
    assert data is not None
    with pytest.raises(BundleUnfit, match="block 0"):
        join(offices[2][0], data)


@pytest.mark.parametrize("change", [
    pytest.param(lambda b: b.replace(b'"version":1', b'"version":2'), id="the-version"),
    pytest.param(lambda b: b.replace(b'"threshold":2', b'"threshold":1'), id="the-threshold"),
    pytest.param(lambda b: b.replace(b"Customs 2", b"Customs 9"), id="a-name"),
    pytest.param(lambda b: b.replace(b"30302", b"30399"), id="an-address"),
    pytest.param(lambda b: b.replace(b'"period":5', b'"period":5,"x":1'), id="a-member-more"),
    pytest.param(lambda b: b.replace(b'"founding":["c0"],', b""), id="a-member-less"),
    pytest.param(lambda b: b[:-2], id="cut"),
    pytest.param(lambda b: b.replace(b"\n\n", b"\n\n\n"), id="a-line-more"),
])  # fmt: skip
def test_a_bundle_in_which_one_thing_was_changed_is_refused(
    offices: list[tuple[Path, JoinRequest]], change: Callable[[bytes], bytes]
) -> None:
    data = signed(offices, 3)
    read_bundle(data)
    changed = change(data)
    assert changed != data
    with pytest.raises(EvidenceError):
        read_bundle(changed)


@pytest.mark.parametrize("update", [
    pytest.param(lambda b: {"members": b.members[::-1]}, id="members-out-of-order"),
    pytest.param(lambda _: {"threshold": 4}, id="more-decide-than-there-are"),
    pytest.param(lambda _: {"members_ever": 2}, id="a-number-nobody-has-had"),
    pytest.param(lambda b: {"nodes": [*b.nodes, b.nodes[0]]}, id="a-node-twice"),
    pytest.param(lambda b: {"contracts": [*b.contracts, b.contracts[0]]}, id="a-contract-twice"),
    pytest.param(lambda b: {"nodes": [b.nodes[0].model_copy(update={"member": 9})]}, id="a-node-of-nobody"),
    pytest.param(lambda b: {"nodes": [b.nodes[0].model_copy(update={"role": "observer"})]}, id="an-observer-seals"),
])  # fmt: skip
def test_a_bundle_that_contradicts_itself_is_refused(
    offices: list[tuple[Path, JoinRequest]], update: Callable[[NetworkBundle], dict[str, Any]]
) -> None:
    bundle = drawn_up(offices)
    wrong = bundle.model_copy(update=update(bundle))
    with pytest.raises(BundleInvalid):
        read_bundle(sign_bundle(wrong, 1, DataDirectory(offices[0][0]).secret("cosigner"), 1))


def test_a_member_cannot_sign_as_another(offices: list[tuple[Path, JoinRequest]]) -> None:
    with pytest.raises(BundleUnfit):
        sign_bundle(drawn_up(offices), 2, DataDirectory(offices[0][0]).secret("cosigner"), 1)


# -- the next version --------------------------------------------------------------------------------------------------


def joined(offices: list[tuple[Path, JoinRequest]]) -> bytes:
    data = signed(offices, 2)
    for path, _ in offices:
        join(path, data)
    return data


def test_a_next_version_is_offered_when_enough_of_the_members_before_have_signed_it(
    offices: list[tuple[Path, JoinRequest]], tmp_path: Path
) -> None:
    joined(offices)
    newcomer = prepare(tmp_path / "new", Wish("Newland", "observer", "127.0.0.1:30400"))
    following = admit(offices[0][0], [newcomer])
    with pytest.raises(BundleUnsigned):
        offer(offices[1][0], following)
    both = sign_following(offices[1][0], following)
    read = offer(offices[1][0], both)
    assert [one.number for one in read.bundle.members] == [1, 2, 3, 4]
    waits = waiting(DataDirectory(offices[1][0]))
    assert waits is not None
    assert waits.bundle == read.bundle
    assert join(tmp_path / "new", both).origin == ORIGIN


def test_a_number_is_never_given_twice(offices: list[tuple[Path, JoinRequest]], tmp_path: Path) -> None:
    joined(offices)
    without = read_bundle(release(offices[0][0], 3)).bundle
    assert without.members_ever == 3
    (offices[0][0] / "chain" / "network-bundle").write_bytes(release(offices[0][0], 3))
    newcomer = prepare(tmp_path / "new", Wish("Newland", "observer", "127.0.0.1:30400"))
    assert read_bundle(admit(offices[0][0], [newcomer])).bundle.members[-1].number == 4


@pytest.mark.parametrize("update", [
    pytest.param({"version": 3}, id="a-version-left-out"),
    pytest.param({"previous": "00" * 32}, id="another-before-it"),
    pytest.param({"origin": "other/sanad/7"}, id="another-log"),
    pytest.param({"period": 7}, id="another-pace"),
    pytest.param({"founding": ["c1"]}, id="another-founding"),
])  # fmt: skip
def test_a_version_that_does_not_follow_is_not_offered(
    offices: list[tuple[Path, JoinRequest]], update: dict[str, Any]
) -> None:
    known = read_bundle(joined(offices))
    good = read_bundle(sign_following(offices[1][0], release(offices[0][0], 3))).bundle
    bundle = good.model_copy(update=update)
    data: bytes | None = None
    for number in (1, 2):
        data = sign_bundle(bundle, number, DataDirectory(offices[number - 1][0]).secret("cosigner"), 1, data)
    assert data is not None
    with pytest.raises(SanadError):
        read_bundle(data).must_follow(known)


def test_members_who_come_cannot_let_themselves_in(
    offices: list[tuple[Path, JoinRequest]], tmp_path: Path
) -> None:
    joined(offices)
    newcomers = [
        prepare(tmp_path / f"new-{n}", Wish(f"Newland {n}", "observer", f"127.0.0.1:{30400 + n}"))
        for n in range(2)
    ]
    data = admit(offices[0][0], newcomers)
    for n in range(2):
        data = sign(tmp_path / f"new-{n}", data)
    assert len(read_bundle(data).signers()) == 3
    with pytest.raises(BundleUnsigned, match="members before"):
        offer(offices[1][0], data)


def test_a_member_that_is_one_already_is_not_admitted_again(offices: list[tuple[Path, JoinRequest]]) -> None:
    joined(offices)
    with pytest.raises(BundleUnfit):
        admit(offices[0][0], [offices[1][1]])
    with pytest.raises(BundleUnfit):
        release(offices[0][0], 9)


def test_a_version_that_waits_and_is_damaged_is_as_good_as_none(
    offices: list[tuple[Path, JoinRequest]],
) -> None:
    data = joined(offices)
    directory = DataDirectory(offices[0][0])
    assert waiting(directory) is None
    (directory.chain / "network-bundle.next").write_bytes(data[:-3])
    assert waiting(directory) is None
    assert len(parse_note(data).signatures) == 2


def test_two_requests_of_one_organisation_found_no_network(offices: list[tuple[Path, JoinRequest]]) -> None:
    from sanad_node.consortium.beginning import found  # noqa: PLC0415 - the name is common

    twice = [offices[0][1], offices[0][1]]
    start = begin("clique", twice, 1, 1_790_000_000)
    with pytest.raises(RequestsInvalid, match="one organisation"):
        found(offices[0][0], "pk", twice, threshold=1, start=start)
    with pytest.raises(RequestsInvalid, match="decide"):
        found(offices[0][0], "pk", [offices[0][1]], threshold=2, start=start)
