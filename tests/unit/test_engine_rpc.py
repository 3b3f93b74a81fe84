"""The JSON-RPC client against a socket that misbehaves on purpose."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from sanad_node.engines.base import CallReverted, ChainUnavailable
from sanad_node.engines.rpc import RpcClient, RpcRefused

Answer = Callable[[socket.socket, bytes], None]


class Peer:
    """Answers each line it is sent as `answer` says, one connection at a time."""

    def __init__(self, folder: Path) -> None:
        self.answer: Answer = lambda _, __: None
        self.connections = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / "peer.ipc"))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection, contextlib.suppress(OSError), connection.makefile("rb") as lines:
                    for line in lines:
                        self.answer(connection, line)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    made = Peer(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(tmp_path: Path, peer: Peer) -> Iterator[RpcClient]:
    made = RpcClient(tmp_path, "peer.ipc", timeout=2)
    yield made
    made.close()


def telling(**members: object) -> Answer:
    def answer(connection: socket.socket, line: bytes) -> None:
        told = {"jsonrpc": "2.0", "id": orjson.loads(line)["id"]} | members
        connection.sendall(orjson.dumps(told) + b"\n")

    return answer


def saying(message: bytes) -> Answer:
    return lambda connection, _: connection.sendall(message)


def test_a_result_is_returned_and_the_connection_kept(peer: Peer, client: RpcClient) -> None:
    peer.answer = telling(result={"a": [1]})
    assert [client.call("m") for _ in range(3)] == [{"a": [1]}] * 3
    assert peer.connections == 1


def test_a_question_says_its_method_and_parameters(peer: Peer, client: RpcClient) -> None:
    seen: list[object] = []

    def answer(connection: socket.socket, line: bytes) -> None:
        seen.append(orjson.loads(line))
        telling(result=None)(connection, line)

    peer.answer = answer
    assert client.call("eth_x", "0x1", {"a": 2}) is None
    assert seen == [{"jsonrpc": "2.0", "id": 1, "method": "eth_x", "params": ["0x1", {"a": 2}]}]


def test_an_answer_in_pieces_and_of_many_megabytes_arrives_whole(peer: Peer, client: RpcClient) -> None:
    big = "x" * (20 << 20)

    def answer(connection: socket.socket, line: bytes) -> None:
        told = orjson.dumps({"jsonrpc": "2.0", "id": orjson.loads(line)["id"], "result": big}) + b"\n"
        for at in (0, 1):
            connection.sendall(told[at : at + 1])
        connection.sendall(told[2:])

    peer.answer = answer
    assert client.call("m") == big


@pytest.mark.parametrize(("error", "data"), [
    ({"code": 3, "message": "execution reverted", "data": "0x0102"}, b"\x01\x02"),
    ({"code": 3, "message": "execution reverted: why"}, b""),
    ({"code": 3, "message": "", "data": "0xzz"}, b""),
    ({"code": 3, "message": "", "data": {"a": 1}}, b""),
    ({"code": -32000, "message": "execution reverted", "data": "0x03"}, b"\x03"),
    ({"code": -32003, "message": "EVM error OutOfGas"}, b""),
])  # fmt: skip
def test_a_contracts_refusal_is_told_apart_with_its_data(
    peer: Peer, client: RpcClient, error: object, data: bytes
) -> None:
    peer.answer = telling(error=error)
    with pytest.raises(CallReverted) as reverted:
        client.call("eth_call")
    assert reverted.value.data == data


@pytest.mark.parametrize("error", [{"code": -32601, "message": "no"}, {}, {"code": "x"}, "no", 5])
def test_any_other_error_is_a_refusal_of_the_node(peer: Peer, client: RpcClient, error: object) -> None:
    peer.answer = telling(error=error)
    with pytest.raises(RpcRefused):
        client.call("m")
    peer.answer = telling(result=1)
    assert client.call("m") == 1
    assert peer.connections == 1


@pytest.mark.parametrize("message", [
    pytest.param(b"not json\n", id="not-json"),
    pytest.param(b"\xff\xfe\n", id="not-utf-8"),
    pytest.param(b"[]\n", id="a-batch"),
    pytest.param(b"{}\n", id="no-id"),
    pytest.param(b'{"id":99,"result":1}\n', id="another-questions-answer"),
    pytest.param(b'{"id":1,"result":1}\n{"id":2,"result":2}\n', id="one-more-than-asked"),
])  # fmt: skip
def test_an_answer_that_makes_no_sense_breaks_the_connection_not_the_client(
    peer: Peer, client: RpcClient, message: bytes
) -> None:
    peer.answer = saying(message)
    with pytest.raises(ChainUnavailable):
        client.call("m")
    peer.answer = telling(result=2)
    assert client.call("m") == 2
    assert peer.connections == 2


def test_a_connection_closed_in_the_middle_is_unavailable(peer: Peer, client: RpcClient) -> None:
    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b'{"id":1,')
        connection.shutdown(socket.SHUT_RDWR)

    peer.answer = answer
    with pytest.raises(ChainUnavailable):
        client.call("m")


def test_silence_ends_in_time_and_a_late_answer_is_not_taken_for_the_next(
    peer: Peer, client: RpcClient
) -> None:
    began = time.monotonic()
    with pytest.raises(ChainUnavailable):
        client.call("m", timeout=0.1)
    assert 0.1 <= time.monotonic() - began < 2
    peer.answer = telling(result="fresh")
    assert client.call("m") == "fresh"


def test_an_endless_answer_ends_in_time_too(peer: Peer, client: RpcClient) -> None:
    def answer(connection: socket.socket, _: bytes) -> None:
        while True:
            connection.sendall(b" " * 1000)
            time.sleep(0.01)

    peer.answer = answer
    began = time.monotonic()
    with pytest.raises(ChainUnavailable):
        client.call("m", timeout=0.2)
    assert time.monotonic() - began < 2


def test_nobody_listening_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ChainUnavailable):
        RpcClient(tmp_path, "nobody.ipc").call("m")
    with pytest.raises(ChainUnavailable):
        RpcClient(tmp_path / "nowhere", "nobody.ipc").call("m")


def test_a_folder_deeper_than_a_socket_address_is_reached(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    (deep / "peer.ipc").symlink_to(tmp_path / "peer.ipc")
    peer = Peer(tmp_path)
    peer.answer = telling(result=1)
    with contextlib.closing(RpcClient(deep, "peer.ipc")) as client:
        assert client.call("m") == 1
    peer.close()
