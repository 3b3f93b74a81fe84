"""Which nodes may be asked: this machine, or a host named on purpose and by https; tokens are files."""

from pathlib import Path

import pytest

from sanad_node.ipfs.errors import IpfsSettingInvalid
from sanad_node.ipfs.settings import OWN, IpfsSettings, holders, load

LK = "lk https://ipfs.customs.lk:5443"


def named(
    *members: str, rpc: str = "http://127.0.0.1:5001", hosts: tuple[str, ...] = ("ipfs.customs.lk",)
) -> IpfsSettings:
    return IpfsSettings(rpc=rpc, members=members, hosts=hosts)


def test_without_a_node_nothing_is_pinned(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == IpfsSettings()
    assert holders(IpfsSettings(), tmp_path) == ()


def test_the_file_names_nodes_and_the_environment_overrides_it(tmp_path: Path) -> None:
    (tmp_path / "service.toml").write_text(
        '[server]\nport = 1\n[ipfs]\nrpc = "http://127.0.0.1:1"\nmembers = ["a http://127.0.0.1:2"]\n'
    )
    assert load(tmp_path, {}).members == ("a http://127.0.0.1:2",)
    environment = {
        "SANAD_IPFS__MEMBERS": "b http://127.0.0.1:3, c http://127.0.0.1:4",
        "SANAD_SERVER__PORT": "2",
    }
    told = load(tmp_path, environment)
    assert [one.name for one in holders(told, tmp_path)] == [OWN, "b", "c"]


@pytest.mark.parametrize(
    ("rpc", "multiaddr"),
    [
        ("http://127.0.0.1:5001", "/ip4/127.0.0.1/tcp/5001/http"),
        ("http://[::1]:5001/", "/ip6/::1/tcp/5001/http"),
        ("http://localhost", "/dns/localhost/tcp/5001/http"),
        ("https://ipfs.customs.lk", "/dns/ipfs.customs.lk/tcp/443/https"),
    ],
)
def test_an_address_becomes_the_one_ipfs_clients_take(rpc: str, multiaddr: str, tmp_path: Path) -> None:
    assert holders(named(rpc=rpc), tmp_path)[0].multiaddr == multiaddr


@pytest.mark.parametrize(
    "rpc",
    [
        "http://ipfs.customs.lk:5001",  # not encrypted
        "https://ipfs.customs.pk",  # not named in `hosts`
        "http://127.0.0.1.evil.example:5001",
        "http://10.0.0.7:5001",
        "http://169.254.169.254",
        "http://user:secret@127.0.0.1:5001",
        "http://127.0.0.1:5001/api/v0",
        "http://127.0.0.1:5001?x=1",
        "http://127.0.0.1:99999",
        "ftp://127.0.0.1",
        "unix:/run/ipfs",
        "127.0.0.1:5001",
        "http://",
        "http://[::1",
    ],
)
def test_any_other_address_is_refused(rpc: str, tmp_path: Path) -> None:
    assert holders(named(), tmp_path)
    with pytest.raises(IpfsSettingInvalid) as refused:
        holders(named(rpc=rpc), tmp_path)
    assert refused.value.field == "ipfs.rpc"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "member", ["lk", "LK https://ipfs.customs.lk", "here http://127.0.0.1:2", "https://a lk"]
)
def test_a_member_is_a_name_and_an_address(member: str, tmp_path: Path) -> None:
    assert len(holders(named(LK), tmp_path)) == 2
    with pytest.raises(IpfsSettingInvalid):
        holders(named(member), tmp_path)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IpfsSettingInvalid):
        holders(named(LK, LK), tmp_path)


def test_members_without_an_own_node_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IpfsSettingInvalid):
        holders(named(LK, rpc=""), tmp_path)


def test_a_token_is_a_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "ipfs-lk").write_text("sesame-1234\n")
    own, lk = holders(named(LK), tmp_path)
    assert (own.token, lk.token) == ("", "sesame-1234")
    assert "sesame" not in repr(lk)
    (tmp_path / "ipfs-lk").write_text("two words")
    with pytest.raises(IpfsSettingInvalid):
        holders(named(LK), tmp_path)


@pytest.mark.parametrize("text", ["[ipfs]\nrcp = 1\n", "[ipfs]\nrpc = 1\n", "[ipfs\n"])
def test_a_setting_that_cannot_be_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "service.toml").write_text(text)
    with pytest.raises(IpfsSettingInvalid):
        load(tmp_path, {})
