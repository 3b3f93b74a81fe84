"""The bundles of a real node show the office, key and scope by which their documents were issued."""

from dataclasses import replace

import pytest

from sanad_testkit.office import Office, office
from sanad_verifier.bundle import unpack
from sanad_verifier.entries import Kind, decode_entry
from sanad_verifier.examine import examine_bundle
from sanad_verifier.registry import parse_registry
from sanad_verifier.trust import parse_trust
from sanad_verifier.verdict import Overall, Report

__all__ = ["office"]
pytestmark = [pytest.mark.engine, pytest.mark.slow]


def by_a_stranger(office: Office, name: str) -> Report:
    """The report of a reader whose trust file is from before the office."""
    office.call("trust", "-o", "trust", code=0)
    trust = parse_trust((office.folder / "trust").read_bytes())
    data = (office.folder / name).read_bytes()
    with_names = examine_bundle(data, trust, 0)
    told = examine_bundle(data, replace(trust, formations={}), with_names.as_of)
    assert told.issuer == with_names.issuer
    assert told.authority == with_names.authority
    return told


def scope_in(office: Office, name: str) -> int:
    """The place of the scope that a bundle shows."""
    facts = parse_registry(unpack((office.folder / name).read_bytes()).registry or b"")
    kinds = {decode_entry(one.raw).kind: one.index for one in facts.entries}
    assert set(kinds) == {Kind.FORMATION, Kind.KEY, Kind.SCOPE}
    return kinds[Kind.SCOPE]


def test_a_stranger_learns_the_office_s_name_from_the_log(office: Office) -> None:
    office.issued("R-1")
    office.call("bundle", "R-1", "-o", "before.sanad", code=0)
    told = by_a_stranger(office, "before.sanad")
    assert told.overall is Overall.AUTHENTIC
    assert "by the office, key and scope of entries" in told.authority.sentence
    scoped = ("formation", "scope", told.issuer, "--type", told.doc_type, "--acts", "issue,revoke")
    office.call(*scoped, code=0)
    office.call("bundle", "R-1", "-o", "after.sanad", code=0)
    office.issued("R-2")
    office.call("bundle", "R-2", "-o", "newer.sanad", code=0)
    for name in ("after.sanad", "newer.sanad"):
        assert by_a_stranger(office, name).overall is Overall.AUTHENTIC
    assert scope_in(office, "after.sanad") == scope_in(office, "before.sanad")
    assert scope_in(office, "newer.sanad") > scope_in(office, "before.sanad")


def test_shown_fields_come_with_the_facts_too(office: Office) -> None:
    office.issued("R-3")
    office.call("disclose", "R-3", "--fields", "/receiptNumber", "-o", "shown.sanad", code=0)
    told = by_a_stranger(office, "shown.sanad")
    assert (told.overall, told.intact.reason) == (Overall.AUTHENTIC, "FIELDS_SHOWN")
    assert scope_in(office, "shown.sanad") > 0
