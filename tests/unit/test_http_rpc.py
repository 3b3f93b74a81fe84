"""JSON-RPC over HTTP from a node that somebody else runs: what it may not do to us, one thing at a time."""

import datetime
import gzip
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sanad_node.datadir import DataDirectoryDamaged
from sanad_node.engines import endpoints
from sanad_node.engines.base import CallReverted, ChainUnavailable
from sanad_node.engines.endpoints import Endpoint, EndpointInvalid
from sanad_node.engines.http_rpc import HttpRpc
from sanad_node.engines.rpc import RpcRefused
from sanad_node.service_address import ServiceAddressInvalid
from sanad_testkit.chain_server import ChainServer, send
from sanad_testkit.qbft_chain import Chain
from sanad_testkit.sealing import keys

Json = Any
Handler = BaseHTTPRequestHandler


@pytest.fixture
def server() -> Iterator[ChainServer]:
    with ChainServer(Chain(keys(4))) as made:
        yield made


@pytest.fixture
def client(server: ChainServer) -> Iterator[HttpRpc]:
    made = HttpRpc(Endpoint(server.url), timeout=1.0, at_most=1 << 16)
    yield made
    made.close()


def test_questions_are_answered_one_by_one_and_many_at_once(server: ChainServer, client: HttpRpc) -> None:
    assert client.call("eth_blockNumber") == "0x0"
    assert client.batch([("eth_blockNumber", ()), ("eth_gasPrice", ())]) == ["0x0", "0x0"]
    assert client.batch([]) == []
    with pytest.raises(RpcRefused):
        client.call("eth_unheardOf")
    assert server.headers[0]["accept-encoding"] == "identity"
    assert "authorization" not in server.headers[0]


def test_a_revert_in_besu_s_words_is_a_revert(server: ChainServer, client: HttpRpc) -> None:
    def change(method: str, result: Json) -> Json:
        raise CallReverted(b"\1\2")

    server.change = change
    with pytest.raises(CallReverted) as reverted:
        client.call("eth_call", {}, "latest")
    assert reverted.value.data == b"\1\2"


def answering(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler, bytes], None]:
    def made(handler: Handler, _: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return made


def truncated(handler: Handler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[:-3])
    handler.close_connection = True


def hung_up(handler: Handler, _: bytes) -> None:
    handler.close_connection = True


BAD = [
    pytest.param(answering(b"<html>hello</html>"), "not JSON", id="garbage"),
    pytest.param(answering(b'{"jsonrpc":"2.0","id":1,"result":NaN}'), "not JSON", id="not-a-number"),
    pytest.param(answering(b'{"jsonrpc":"2.0","id":1,"result":1}{}'), "not JSON", id="more-than-one"),
    pytest.param(answering(b'{"jsonrpc":"2.0","id":7,"result":1}'), "another question", id="another-id"),
    pytest.param(answering(b'{"jsonrpc":"2.0","id":true,"result":1}'), "another question", id="an-id-that-is-none"),
    pytest.param(answering(b'{"id":1,"result":1}'), "JSON-RPC", id="no-version"),
    pytest.param(answering(b'{"jsonrpc":"2.0","id":1}'), "JSON-RPC", id="no-result"),
    pytest.param(answering(b"[]"), "another question", id="a-list"),
    pytest.param(answering(b"{}", 302, Location="http://127.0.0.1:9/"), "HTTP 302", id="redirect"),
    pytest.param(answering(b"{}", 500), "HTTP 500", id="failure"),
    pytest.param(answering(b"{}", 401), "token", id="nobody-let-in"),
    pytest.param(answering(b'"' + b"x" * (1 << 17) + b'"'), "larger", id="too-large"),
    pytest.param(answering(gzip.compress(b"{}"), Content_Encoding="gzip"), "compressed", id="compressed"),
    pytest.param(truncated, "reached", id="truncated"),
    pytest.param(hung_up, "reached", id="hung-up"),
]  # fmt: skip


@pytest.mark.parametrize(("behaviour", "words"), BAD)
def test_an_answer_with_one_thing_wrong_is_none_and_the_next_is_taken(
    behaviour: Callable[[Handler, bytes], None], words: str, server: ChainServer, client: HttpRpc
) -> None:
    server.send = behaviour
    with pytest.raises(ChainUnavailable, match=words):
        client.call("eth_blockNumber")
    server.send = send
    assert client.call("eth_blockNumber") == "0x0"


def test_an_answer_that_does_not_come_or_drips_is_not_waited_for(server: ChainServer) -> None:
    client = HttpRpc(Endpoint(server.url), timeout=0.2)
    gone_on = threading.Event()

    def silent(handler: Handler, _: bytes) -> None:
        gone_on.wait(10)
        handler.close_connection = True

    def dripping(handler: Handler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not gone_on.wait(0.05):
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:
                return

    try:
        for behaviour in (silent, dripping):
            server.send = behaviour
            with pytest.raises(ChainUnavailable, match="in time"):
                client.call("eth_blockNumber")
    finally:
        gone_on.set()
        client.close()


def test_answers_of_a_batch_may_come_in_any_order_but_have_to_be_those_asked_for(
    server: ChainServer, client: HttpRpc
) -> None:
    calls = [("eth_blockNumber", ()), ("eth_chainId", ())]
    server.send = lambda handler, body: send(handler, json.dumps(json.loads(body)[::-1]).encode())
    assert client.batch(calls) == ["0x0", hex(server.chain.chain_id)]
    for change in (lambda told: told[:1], lambda told: [told[0], told[0]], lambda _: {"error": None}):
        server.send = lambda handler, body, change=change: send(  # type: ignore[misc]
            handler, json.dumps(change(json.loads(body))).encode()
        )
        with pytest.raises(ChainUnavailable):
            client.batch(calls)


def test_a_token_is_read_at_each_question_from_a_file_that_only_its_owner_reads(
    server: ChainServer, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text("first\n")
    path.chmod(0o600)
    endpoint = Endpoint.parse(f"{server.url},token={path}")
    client = HttpRpc(endpoint)
    client.call("eth_blockNumber")
    path.write_text("second\n")
    client.call("eth_blockNumber")
    assert [one["authorization"] for one in server.headers] == ["Bearer first", "Bearer second"]
    path.chmod(0o644)
    with pytest.raises(EndpointInvalid):
        Endpoint.parse(f"{server.url},token={path}")
    path.unlink()
    with pytest.raises(ChainUnavailable) as refusal:
        client.call("eth_blockNumber")
    assert "second" not in refusal.value.message
    client.close()


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org:8545",
        "https://user:secret@example.org",
        "https://example.org?key=secret",
        "ftp://127.0.0.1",
        "https://example.org,key=secret",
        "https://example.org,token=",
        "https://example.org,token=/nowhere/at/all",
        "https://example.org,ca=/nowhere/at/all",
        "https://example.org,ca=/dev/null,ca=/dev/null",
        "",
    ],
)
def test_an_endpoint_that_must_not_be_asked_so_is_refused(text: str) -> None:
    with pytest.raises((ServiceAddressInvalid, EndpointInvalid)):
        Endpoint.parse(text)


def test_endpoints_are_kept_and_read_back_and_a_damaged_list_is_refused(tmp_path: Path) -> None:
    some = (Endpoint("https://a.example", token="/t"), Endpoint("http://127.0.0.1:8545", own=True))
    endpoints.save(tmp_path, some)
    assert endpoints.load(tmp_path) == some
    with pytest.raises(EndpointInvalid):
        endpoints.save(tmp_path, (some[0], some[0]))
    path = tmp_path / endpoints.FILE
    for damage in ("", "{}", '{"version":2,"endpoints":[]}', '{"version":1,"endpoints":[]}'):
        path.write_text(damage)
        with pytest.raises(DataDirectoryDamaged):
            endpoints.load(tmp_path)
    path.write_text('{"version":1,"endpoints":[{"url":"http://example.org"}]}')
    with pytest.raises(DataDirectoryDamaged):
        endpoints.load(tmp_path)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody has issued but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a node")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "cert.pem", folder / "key.pem"


def test_a_certificate_of_an_authority_of_one_s_own_is_taken_if_it_is_named_and_only_then(
    tmp_path: Path,
) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with ChainServer(Chain(keys(4)), context) as server:
        trusting = HttpRpc(Endpoint.parse(f"{server.url},ca={cert}"))
        assert trusting.call("eth_blockNumber") == "0x0"
        trusting.close()
        doubting = HttpRpc(Endpoint.parse(server.url))
        with pytest.raises(ChainUnavailable, match="cannot be reached"):
            doubting.call("eth_blockNumber")
        doubting.close()
