"""A reader's clock is not believed to be before the newest cosignature that the reader ever met."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sanad_testkit.evidence import DAY, KEY, NOW, OFFICE, ORIGIN, Scene
from sanad_testkit.pack_scene import SCENE as PACKED
from sanad_testkit.pack_scene import listed, make_pack, opened
from sanad_testkit.printed_scene import CommittedScene
from sanad_verifier.answers import SKEW
from sanad_verifier.cli import main
from sanad_verifier.clock import ClockInvalid, remembered, remembering
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.packs.examining import examine_document
from sanad_verifier.qr import encode_qr
from sanad_verifier.trust import encode_trust
from sanad_verifier.verdict import Overall

SCENE = Scene()
TRUST = SCENE.trust()
WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("met", "now", "overall", "reason"),
    [
        (0, NOW, Overall.AUTHENTIC, "FRESH"),
        (NOW + SKEW, NOW, Overall.AUTHENTIC, "FRESH"),
        (NOW + SKEW + 1, NOW, Overall.CANNOT_TELL, "CLOCK_BEHIND"),
        (SCENE.time + WEEK, NOW, Overall.CANNOT_TELL, "CLOCK_BEHIND"),
        (SCENE.time + WEEK + 1, NOW, Overall.STALE, "TOO_OLD"),
        (SCENE.time + WEEK + 1, SCENE.time + WEEK, Overall.STALE, "TOO_OLD"),
        (SCENE.time + 2 * DAY, SCENE.time + 2 * DAY, Overall.AUTHENTIC, "AGEING"),
    ],
)
def test_what_was_met_before_makes_old_evidence_old_whatever_the_clock_says(
    met: int, now: int, overall: Overall, reason: str
) -> None:
    trust = replace(TRUST, seen=met)
    report = examine_bundle(SCENE.bundle(), trust, now)
    assert (report.overall, report.freshness.reason) == (overall, reason)
    assert report.seen == max(met, SCENE.time)


def test_what_is_refused_is_refused_whatever_the_time() -> None:
    revoked = SCENE.bundle(state="revoked")
    for seen in (0, NOW + 900 * DAY):
        assert examine_bundle(revoked, replace(TRUST, seen=seen), NOW).overall is Overall.REFUSED


def test_codes_and_packs_go_by_it_too() -> None:
    scene, later = CommittedScene(), SCENE.time + WEEK + 1
    code = encode_qr(scene.code())
    assert examine_qr(code, scene.trust(), NOW).overall is Overall.AUTHENTIC
    assert examine_qr(code, replace(scene.trust(), seen=later), NOW).overall is Overall.STALE
    pack, trust = opened(make_pack()), PACKED.trust()
    for document in (PACKED.documents[5], b"not listed"):
        for seen in (0, later):
            (report,) = examine_document(document, pack, replace(trust, seen=seen), NOW)
            assert (report.freshness.reason == "TOO_OLD") is (seen > 0)
            assert report.seen == max(seen, pack.checkpoint.time)


def test_a_pack_at_hand_tells_the_time_though_it_does_not_list_the_document() -> None:
    other = {("FILE", OFFICE, KEY): [listed(b"another document", code=bytes(8))]}
    newer = opened(make_pack(other, scene=CommittedScene(time=NOW + WEEK)))
    report = examine_bundle(SCENE.bundle(20), TRUST, NOW, pack=newer)
    assert (report.freshness.reason, report.seen) == ("TOO_OLD", NOW + WEEK)


def test_only_what_a_quorum_cosigned_is_remembered() -> None:
    one_ahead = Scene()
    ahead = one_ahead.checkpoint((one_ahead.time, one_ahead.time, NOW + 900 * DAY))
    report = examine_bundle(SCENE.bundle(), TRUST, NOW)
    assert report.seen == SCENE.time

    class Ahead(Scene):
        def checkpoint(self, times: tuple[int, ...] | None = None) -> bytes:
            return ahead

    assert examine_bundle(Ahead().bundle(), TRUST, NOW).seen == SCENE.time
    forged = Scene(cosigner_names=("x", "y", "z"), time=NOW + 900 * DAY).bundle()
    assert examine_bundle(forged, TRUST, NOW).seen == 0


# -- the file -------------------------------------------------------------------------------------------------------


def test_what_was_remembered_is_read_back_and_never_older() -> None:
    data = remembered(TRUST, NOW)
    assert data == b'{"origin":"%b","schema":"urn:sanad:clock:1","seen":%d}' % (ORIGIN.encode(), NOW)
    trust = remembering(TRUST, data)
    assert trust.seen == NOW
    assert remembered(trust, NOW) is None
    assert remembered(trust, NOW - 1) is None
    assert remembered(trust, NOW + 1) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(schema="urn:sanad:clock:2"),
        lambda told: told.update(seen=0),
        lambda told: told.update(seen="1"),
        lambda told: told.pop("seen"),
        lambda told: told.update(origin="other/sanad/1"),
        lambda told: told.update(more=1),
    ],
)
def test_a_file_that_remembers_no_time_of_this_network_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    genuine = remembered(TRUST, NOW)
    assert genuine is not None
    told = json.loads(genuine)
    change(told)
    with pytest.raises(ClockInvalid):
        remembering(TRUST, json.dumps(told, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("data", [b"", b"x", b"[]", b"\xff", b'{"seen": 1}'])
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(ClockInvalid):
        remembering(TRUST, data)


def test_the_command_remembers_from_one_check_to_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, trust, clock = (tmp_path / name for name in ("old", "new", "trust", "clock"))
    old.write_bytes(Scene(time=NOW - 9 * DAY).bundle())
    new.write_bytes(SCENE.bundle())
    trust.write_bytes(encode_trust(TRUST))
    given = ["--trust", str(trust), "--clock", str(clock)]
    monkeypatch.setattr("sanad_verifier.cli.time_of", lambda _at: NOW - 9 * DAY)
    assert main([str(old), *given]) == 0
    assert clock.read_bytes() == remembered(TRUST, NOW - 9 * DAY)
    assert main([str(new), *given, "--json"]) == 2
    assert main([str(old), *given]) == 2
    assert "TOO_OLD" not in capsys.readouterr().err
    assert clock.read_bytes() == remembered(TRUST, SCENE.time)
    assert clock.stat().st_mode & 0o777 == 0o600
    assert main([str(new), *given, "--at", "2026-11-23T14:30:00Z"]) == 3
    clock.write_bytes(b"{}")
    assert main([str(new), *given]) == 3
    assert clock.read_bytes() == b"{}"
    assert "error CLOCK_INVALID" in capsys.readouterr().err


def test_where_it_cannot_be_remembered_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, trust = tmp_path / "bundle", tmp_path / "trust"
    bundle.write_bytes(SCENE.bundle())
    trust.write_bytes(encode_trust(TRUST))
    nowhere = tmp_path / "absent" / "clock"
    assert main([str(bundle), "--trust", str(trust), "--clock", str(nowhere)]) == 3
    told = capsys.readouterr()
    assert (told.out, told.err.split(":")[0]) == ("", "error FILE_UNWRITABLE [clock]")
