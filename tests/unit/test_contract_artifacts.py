"""The committed ABI and bytecode: complete, faithful to the sources, and spoken correctly without web3."""

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.contracts import CONTRACTS, UnknownContract, build, load
from sanad_node.contracts.abi import (
    BadArguments,
    UndecodableResult,
    UnknownAbiMember,
    decode_call,
    decode_error,
    decode_event,
    decode_result,
    encode_call,
    encode_deployment,
    event_topic,
    selector,
)

ROOT = Path(__file__).resolve().parents[2]
WORD = st.binary(min_size=32, max_size=32)
ADDRESS = "0x" + "ab" * 20
SAMPLES: dict[str, Any] = {
    "bytes32": b"\x07" * 32,
    "bytes8": b"\x07" * 8,
    "address": ADDRESS,
    "string": "text",
}

ERRORS = [
    (name, entry)
    for name in CONTRACTS
    for entry in load(name).abi
    if entry["type"] == "error"
]  # fmt: skip


def types_of(entry: dict[str, Any]) -> list[str]:
    return [each["type"] for each in entry["inputs"]]


def sample(kind: str) -> Any:
    return SAMPLES.get(kind, 3)


@pytest.mark.parametrize("name", CONTRACTS)
def test_an_artefact_is_minimal_sorted_and_ends_in_a_newline(name: str) -> None:
    raw = files("sanad_node.contracts").joinpath(f"artifacts/{name}.json").read_bytes()
    content = json.loads(raw)
    assert set(content) == {
        "abi", "bytecode", "compiler", "deployedBytecode", "name", "settings", "sourceDigest",
    }  # fmt: skip
    assert raw == json.dumps(content, sort_keys=True, indent=1).encode() + b"\n"
    assert content["name"] == name


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_code_fits_a_contract_and_carries_no_metadata(name: str) -> None:
    artifact = load(name)
    assert 0 < len(artifact.deployed_bytecode) <= 24_576
    assert len(artifact.bytecode) > len(artifact.deployed_bytecode)
    assert b"ipfs" not in artifact.bytecode
    assert artifact.settings["evmVersion"] == "berlin"
    assert artifact.compiler.startswith("0.8.37+")


def test_loading_twice_gives_the_same_object() -> None:
    assert load("Ledger") is load("Ledger")


def test_an_unknown_contract_is_refused() -> None:
    with pytest.raises(UnknownContract):
        load("../Ledger")


def test_entry_events_are_those_of_the_specification() -> None:
    ledger = load("Ledger")
    words = "uint256,uint256,uint256,bytes32,bytes32,bytes32,bytes32,uint256"
    assert event_topic(ledger, "Appended") == keccak(f"Appended({words})".encode())
    assert event_topic(ledger, "AppendedMany") == keccak(b"AppendedMany(uint256,bytes)")
    assert event_topic(ledger, "Checkpoint") == keccak(b"Checkpoint(uint256,bytes32)")


def test_an_appended_event_gives_back_the_words_of_its_entry() -> None:
    ledger = load("Ledger")
    data = b"".join(bytes([i]) * 32 for i in range(1, 8))
    event = decode_event(ledger, [event_topic(ledger, "Appended"), (9).to_bytes(32, "big")], data)
    assert event is not None
    assert event.name == "Appended"
    assert event.args["index"] == 9
    assert event.args["kind"] == int.from_bytes(b"\x01" * 32, "big")
    assert event.args["subject"] == b"\x04" * 32


def test_an_event_of_somebody_else_is_none() -> None:
    assert decode_event(load("Ledger"), [keccak(b"Other()")], b"") is None
    assert decode_event(load("Ledger"), [], b"") is None


@pytest.mark.parametrize("topics", [1, 3])
def test_an_event_with_another_number_of_topics_is_refused(topics: int) -> None:
    ledger = load("Ledger")
    with pytest.raises(UndecodableResult):
        decode_event(ledger, [event_topic(ledger, "Checkpoint"), b"\0" * 32, b"\0" * 32][:topics], b"\0" * 32)


@pytest.mark.parametrize(("contract", "entry"), ERRORS, ids=[f"{c}-{e['name']}" for c, e in ERRORS])
def test_each_custom_error_is_decoded_by_name_and_argument(contract: str, entry: dict[str, Any]) -> None:
    kinds = types_of(entry)
    values = [sample(kind) for kind in kinds]
    head = keccak(f"{entry['name']}({','.join(kinds)})".encode())[:4]
    error = decode_error(head + abi_encode(kinds, values))
    assert error is not None
    assert error.name == entry["name"]
    assert dict(error.args) == dict(zip((each["name"] for each in entry["inputs"]), values, strict=True))
    assert any(each["name"] == error.name for each in load(error.contract).abi if each["type"] == "error")
    assert contract in CONTRACTS


@pytest.mark.parametrize("data", [b"", b"\x01", b"\xff" * 36, keccak(b"LedgerBadCount(uint256)")[:4]])
def test_what_is_no_error_of_ours_is_none(data: bytes) -> None:
    assert decode_error(data) is None


@given(st.binary(max_size=300))
def test_no_bytes_make_the_error_decoder_fail(data: bytes) -> None:
    known = keccak(b"CustodyNotTheHolder(uint32,uint32)")[:4]
    decode_error(data)
    decode_error(known + data)


@given(WORD, WORD, WORD, WORD)
def test_a_call_is_the_selector_and_the_standard_encoding(a: bytes, b: bytes, c: bytes, d: bytes) -> None:
    ledger = load("Ledger")
    data = encode_call(ledger, "issue", a, b, c, d)
    assert data[:4] == selector(ledger, "issue") == keccak(b"issue(bytes32,bytes32,bytes32,bytes32)")[:4]
    assert data[4:] == a + b + c + d
    assert decode_call(ledger, data) == ("issue", (a, b, c, d))


@given(WORD, st.lists(st.tuples(WORD, WORD, WORD), max_size=20))
def test_a_list_of_documents_survives_the_round_trip(kind: bytes, documents: list[tuple[bytes, ...]]) -> None:
    ledger = load("Ledger")
    data = encode_call(ledger, "issueMany", kind, documents)
    assert data[:4] == keccak(b"issueMany(bytes32,(bytes32,bytes32,bytes32)[])")[:4]
    assert data[4:] == abi_encode(["bytes32", "(bytes32,bytes32,bytes32)[]"], [kind, documents])
    name, arguments = decode_call(ledger, data)
    assert (name, arguments[0], list(arguments[1])) == ("issueMany", kind, documents)


def test_results_come_back_as_one_tuple_of_declared_values() -> None:
    ledger, formations = load("Ledger"), load("Formations")
    assert decode_result(ledger, "size", (5).to_bytes(32, "big")) == (5,)
    assert decode_result(ledger, "admit", b"") == ()
    status = abi_encode(["(uint8,uint16,uint64,uint64)"], [(3, 4, 5, 6)])
    assert decode_result(ledger, "statusOf", status) == ((3, 4, 5, 6),)
    key = abi_encode(["(uint32,uint64,uint64,uint64,uint64)"], [(1, 2, 3, 4, 5)])
    assert decode_result(formations, "keyOf", key) == ((1, 2, 3, 4, 5),)


@pytest.mark.parametrize("data", [b"", b"\0" * 31, b"\xff" * 8])
def test_a_result_of_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableResult):
        decode_result(load("Ledger"), "size", data)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0"])
def test_a_call_of_no_function_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableResult):
        decode_call(load("Ledger"), data)


@pytest.mark.parametrize(
    "args",
    [
        pytest.param((b"\0" * 32,) * 3, id="one-missing"),
        pytest.param((b"\0" * 32,) * 5, id="one-too-many"),
        pytest.param((b"\0" * 33,) * 4, id="too-long"),
        pytest.param(("text",) * 4, id="text"),
        pytest.param((7,) * 4, id="number"),
        pytest.param((None,) * 4, id="nothing"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(args: tuple[Any, ...]) -> None:
    with pytest.raises(BadArguments):
        encode_call(load("Ledger"), "issue", *args)


def test_a_number_out_of_its_range_is_refused() -> None:
    ledger = load("Ledger")
    good = (b"\0" * 32, b"\0" * 32, 1, 65_535)
    encode_call(ledger, "revoke", *good)
    for wrong in ((*good[:3], 65_536), (*good[:2], -1, 1), (*good[:2], 2**32, 1)):
        with pytest.raises(BadArguments):
            encode_call(ledger, "revoke", *wrong)


def test_a_function_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownAbiMember):
        encode_call(load("Ledger"), "remove")
    with pytest.raises(UnknownAbiMember):
        event_topic(load("Ledger"), "Removed")


def test_a_deployment_is_the_bytecode_and_the_arguments() -> None:
    consortium = load("Consortium")
    data = encode_deployment(consortium, [ADDRESS], [b"\x09" * 32], 1)
    assert data.startswith(consortium.bytecode)
    arguments = abi_decode(["address[]", "bytes32[]", "uint256"], data[len(consortium.bytecode) :])
    assert arguments == ((ADDRESS,), (b"\x09" * 32,), 1)
    with pytest.raises(BadArguments):
        encode_deployment(consortium, [ADDRESS])


def test_compiling_without_a_checkout_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(build.NotACheckout) as caught:
        build.compile_contracts(tmp_path)
    assert caught.value.field == "tools/solc/solc"


@pytest.fixture(scope="module")
def compiled() -> build.Compilation:
    return build.compile_contracts(ROOT)


@pytest.mark.slow
def test_the_artefacts_are_what_the_sources_compile_to(compiled: build.Compilation) -> None:
    folder = files("sanad_node.contracts") / "artifacts"
    assert set(compiled.files) == {f"{name}.json" for name in CONTRACTS}
    for name, content in compiled.files.items():
        assert (folder / name).read_bytes() == content, name


@pytest.mark.slow
def test_a_changed_artefact_is_named(compiled: build.Compilation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "compile_contracts", lambda _root: compiled)
    build.check_artifacts(ROOT)
    changed = {**compiled.files, "Ledger.json": compiled.files["Ledger.json"] + b" "}
    monkeypatch.setattr(build, "compile_contracts", lambda _root: build.Compilation(changed))
    with pytest.raises(build.ArtifactsDiffer) as caught:
        build.check_artifacts(ROOT)
    assert caught.value.field == "Ledger.json"
    assert caught.value.code == "ARTIFACTS_DIFFER"


@pytest.mark.slow
def test_writing_puts_exactly_what_differs(
    compiled: build.Compilation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(build, "compile_contracts", lambda _root: compiled)
    assert build.write_artifacts(tmp_path) == [f"{name}.json" for name in CONTRACTS]
    assert build.write_artifacts(tmp_path) == []
    (tmp_path / "node/sanad_node/contracts/artifacts/Custody.json").write_bytes(b"{}")
    assert build.write_artifacts(tmp_path) == ["Custody.json"]


@pytest.mark.slow
def test_a_source_that_does_not_compile_is_reported(tmp_path: Path) -> None:
    for folder in ("contracts", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "contracts/Ledger.sol").write_text("pragma solidity 0.8.37; contract Ledger {")
    with pytest.raises(build.CompilationFailed):
        build.compile_contracts(tmp_path)
