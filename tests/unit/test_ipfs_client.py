"""The client of IPFS nodes, against servers that are slow, full, lying, cut short, absent, or no IPFS nodes at all."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sanad_node.ipfs.cid import cid_of
from sanad_node.ipfs.errors import (
    IpfsAnswerInvalid,
    IpfsAnswerTooLarge,
    IpfsCidDiffers,
    IpfsContentWrong,
    IpfsFault,
    IpfsFull,
    IpfsRefused,
    IpfsTimeout,
    IpfsUnreachable,
)
from sanad_node.ipfs.rpc import IpfsNode
from sanad_testkit.faulty_ipfs import GIVEN, WAYS, client_of, faulty_node
from sanad_verifier.errors import EnvironmentFault

BLOB = b"an encrypted blob"
CID = cid_of(BLOB)
CALLS: dict[str, Callable[[IpfsNode], object]] = {
    "add": lambda node: node.add(BLOB),
    "pin": lambda node: node.pin(CID),
    "is-pinned": lambda node: node.is_pinned(CID),
    "unpin": lambda node: node.unpin(CID),
    "read": lambda node: node.read(CID, len(BLOB)),
}
SAYS = {
    "silent": IpfsTimeout,
    "dripping": IpfsTimeout,
    "dripping-head": IpfsTimeout,
    "flooding": IpfsAnswerTooLarge,
    "huge": IpfsAnswerTooLarge,
    "cut-short": IpfsAnswerInvalid,
    "full": IpfsFull,
    "gave-up": IpfsTimeout,
    "refusing": IpfsRefused,
    "refusing-in-text": IpfsRefused,
    "redirecting": IpfsAnswerInvalid,
    "closing": IpfsAnswerInvalid,
}
"""What every call comes to."""


@pytest.mark.parametrize("way", SAYS)
def test_a_faulty_node_is_a_fault_of_its_kind_for_every_call(way: str) -> None:
    with faulty_node(way) as url:
        for name, call in CALLS.items():
            if way == "dripping" and name == "read":
                continue  # a dripped answer is soon longer than the blob: next test
            with pytest.raises(IpfsFault) as told:
                call(client_of(url))
            assert type(told.value) is SAYS[way], (name, told.value, told.value.__cause__)


def test_a_call_ends_at_its_limit_although_every_single_read_was_quick() -> None:
    with faulty_node("dripping") as url:
        began = time.monotonic()
        with pytest.raises(IpfsTimeout):
            client_of(url).read(CID, 1 << 20)
        assert time.monotonic() - began < 5


def test_no_more_is_read_than_the_blob_is_long() -> None:
    with faulty_node("dripping") as url, pytest.raises(IpfsAnswerTooLarge):
        client_of(url).read(CID, 3)


def test_an_absent_node_is_said_to_be_unreachable() -> None:
    with faulty_node("closing") as url:
        pass  # its port is free again
    for call in CALLS.values():
        with pytest.raises(IpfsUnreachable):
            call(client_of(url))


def test_bytes_that_do_not_have_the_cid_are_refused_whatever_their_length() -> None:
    with faulty_node("lying") as url:
        assert client_of(url).read(cid_of(GIVEN), len(GIVEN)) == GIVEN  # where they are the ones asked for
        same_length = b"x" * len(GIVEN)
        with pytest.raises(IpfsContentWrong):
            client_of(url).read(cid_of(same_length), len(same_length))
        with pytest.raises(IpfsContentWrong):
            client_of(url).read(cid_of(GIVEN), len(GIVEN) + 1)
    with faulty_node("shorter") as url, pytest.raises(IpfsContentWrong):
        client_of(url).read(CID, len(BLOB))


def test_a_node_that_names_another_cid_has_pinned_nothing() -> None:
    with faulty_node("lying") as url:
        node = client_of(url)
        with pytest.raises(IpfsCidDiffers):
            node.add(BLOB)
        with pytest.raises(IpfsAnswerInvalid):
            node.pin(CID)
        assert not node.is_pinned(CID)


@pytest.mark.parametrize("way", ["another-server", "other-json"])
def test_what_is_no_ipfs_node_is_not_believed(way: str) -> None:
    with faulty_node(way) as url:
        for name in ("add", "pin", "is-pinned"):
            with pytest.raises(IpfsAnswerInvalid):
                CALLS[name](client_of(url))


@pytest.mark.parametrize("way", WAYS)
def test_every_fault_says_that_nothing_is_known_and_repeats_no_word_of_the_node(way: str) -> None:
    with faulty_node(way) as url, pytest.raises(EnvironmentFault) as told:
        client_of(url).read(CID, len(BLOB))
    assert told.value.code.startswith("IPFS_")
    assert not {"deadline", "/repo", "Forbidden", "html"} & set(told.value.message.split())


def test_a_call_under_way_is_cut_off_when_the_process_ends() -> None:
    with faulty_node("silent") as url:
        node = client_of(url, read_seconds=60, call_seconds=60)
        told: list[IpfsFault] = []

        def ask() -> None:
            try:
                node.add(BLOB)
            except IpfsFault as error:
                told.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while not node._calls._cuts:
            time.sleep(0.001)
        node.close()
        thread.join(10)
        assert not thread.is_alive()
        assert [type(one) for one in told] == [IpfsTimeout]
        with pytest.raises(IpfsUnreachable):
            node.add(BLOB)


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with faulty_node("lying") as url:
        assert client_of(url).read(cid_of(GIVEN), len(GIVEN)) == GIVEN
