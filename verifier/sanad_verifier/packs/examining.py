"""The examination of what only a pack speaks for: a file, a number, a short code, the short form of a printed code.

Nothing is proved to be in the log here: that it is, and how it stands, is the word of the node that signed the pack,
as of the pack's checkpoint (docs/spec/pack.md says what that is worth).
"""

from collections.abc import Sequence

from sanad_verifier.answers import (
    StateFacts,
    say_age,
    say_differs,
    say_matches,
    say_state,
    say_subject,
    say_subject_open,
    say_suspect,
)
from sanad_verifier.digests import Digest, digest_of
from sanad_verifier.documents import candidate_digests
from sanad_verifier.findings import Findings
from sanad_verifier.packs.pack import Pack, Place
from sanad_verifier.qr import QrCode
from sanad_verifier.short_code import ShortCodeInvalid, is_short_code, short_code
from sanad_verifier.subjects import check_reading, subjects_named, subjects_shown
from sanad_verifier.trust import Limits, Trust
from sanad_verifier.verdict import Is, Overall, Report

_BEST_FIRST = (Overall.AUTHENTIC, Overall.STALE, Overall.CANNOT_TELL, Overall.REFUSED, Overall.UNKNOWN)
_WHOLE_DIGEST = 64


def examine_document(
    document: bytes, pack: Pack, trust: Trust, now: int, *, subject: str | None = None
) -> list[Report]:
    """A report for each office that issued these bytes (or this JSON content); `unknown` if none did."""
    digests = {one.digest for one in candidate_digests(document)}
    found = [(place, digest) for digest in digests for place in pack.of_digest(digest)]
    reports = [
        _examine(pack, place, trust, now, subject=subject, digest=digest, document=document)
        for place, digest in found
    ]
    return reports or [_not_listed(pack, trust, now, subject)]


def examine_identifier(
    text: str, pack: Pack, trust: Trust, now: int, *, subject: str | None = None
) -> list[Report]:
    """A report for each document that a digest, a short code, a business number, or the number of a thing it is about
    may mean, the best first; `unknown` if there is none.

    Numbers find by chance too: at best nobody can tell until the paper has been compared.
    """
    places, whole = _of_digest(text, pack), None
    if places:
        whole = digest_of(bytes.fromhex(text.removeprefix("sha256:")))
    places = places or _of_short_code(text, pack)
    if not places:
        check_reading(text)
        places = pack.of_number(text) + pack.of_thing(text)
    reports = [
        _examine(pack, place, trust, now, subject=subject, given=whole is not None, digest=whole)
        for place in places
    ]
    if not reports:
        return [_not_listed(pack, trust, now, subject)]
    return sorted(reports, key=lambda report: _BEST_FIRST.index(report.overall))


def examine_short_code(
    code: QrCode,
    pack: Pack,
    trust: Trust,
    now: int,
    *,
    document: bytes | None = None,
    subject: str | None = None,
) -> Report:
    """A report on a printed code that proves nothing by itself."""
    place = pack.listed(code.digest, code.doc_type, code.formation)
    if place is None:
        return _not_listed(pack, trust, now, subject, code)
    return _examine(
        pack, place, trust, now, subject=subject, digest=code.digest, document=document, code=code
    )


def _of_digest(text: str, pack: Pack) -> list[Place]:
    given = text.removeprefix("sha256:").lower()
    if len(given) != _WHOLE_DIGEST or not all(char in "0123456789abcdef" for char in given):
        return []
    return pack.of_digest(digest_of(bytes.fromhex(given)))


def _of_short_code(text: str, pack: Pack) -> list[Place]:
    if not is_short_code(text):
        return []
    try:
        return pack.of_short_code(text)
    except ShortCodeInvalid:  # a number may look like a code
        return []


def _examine(
    pack: Pack,
    place: Place,
    trust: Trust,
    now: int,
    *,
    subject: str | None,
    digest: Digest | None = None,
    given: bool = False,
    document: bytes | None = None,
    code: QrCode | None = None,
) -> Report:
    found, head = Findings(), place.head
    if subject is not None:
        check_reading(subject)
        found.facts["subject_asked"] = True
    formation = trust.formations.get(head.formation)
    name = formation.code if formation else f"formation {head.formation}"
    found.facts.update(
        digest="" if digest is None else digest.hex(),
        short_code=short_code(Digest(place.table.prefix(place.index).ljust(32, b"\0"))),
        doc_type=head.doc_type,
        issuer=name,
        issued_at=0 if code is None else code.time,
    )
    found.say("authority", Is.YES, "PACK_LISTS_IT", f"{name} issued it: the pack lists it")
    if code is not None:
        _code(pack, place, code, document, found)
    _intact(digest, document, given=given, found=found)
    if found.answers["intact"].answer is not Is.NO:
        _state(pack, place, code, trust, found)
        _subject(pack, place, code, document, subject, trust, found)
    say_age(pack.time, pack.checkpoint.time, now, trust, trust.limits_of(head.doc_type), found)
    return found.report()


def _code(pack: Pack, place: Place, code: QrCode, document: bytes | None, found: Findings) -> None:
    """Whether the printed code says of the document what was issued."""
    fits = pack.fits_code(place, code.leaf(), code.time)
    if place.head.key != code.key or fits is False:
        found.say("intact", Is.NO, "QR_DIFFERS", "the code does not say what was issued")
    elif fits is None:
        sentence = "the pack does not know what is printed in codes: compare the paper by its number"
        found.say("intact", Is.NOT_CHECKED, "PACK_WITHOUT_CODES", sentence)
    elif code.printed is not None:
        shown = code.printed.fields.fields
        found.facts["fields"] = shown
        if shown and document is None:
            sentence = f"compare the paper with these {len(shown)} fields: they are as they were issued"
            found.say("intact", Is.YES, "FIELDS_PRINTED", sentence)


def _intact(digest: Digest | None, document: bytes | None, *, given: bool, found: Findings) -> None:
    """Whether the bytes at hand, or their digest that was `given`, are those of this digest."""
    if given:
        found.say("intact", Is.YES, "DIGEST_EQUAL", "the digest given is the one that was issued")
    elif document is None:
        sentence = "the record is found by its number: compare the paper with it, or give the file"
        found.say("intact", Is.NOT_CHECKED, "DOCUMENT_NOT_GIVEN", sentence)
    elif digest in {one.digest for one in candidate_digests(document)}:
        found.say("intact", Is.YES, "DIGEST_EQUAL", "the document is unchanged since it was issued")
    else:
        found.say("intact", Is.NO, "DIGEST_DIFFERS", "the document is not the one that was issued")


def _state(pack: Pack, place: Place, code: QrCode | None, trust: Trust, found: Findings) -> None:
    """Its standing by the pack, unless the trust file knows more of the key than the pack did."""
    since, known = trust.distrusted.get(place.head.key), place.head.suspect_since
    standing = pack.standing(place)
    if standing == "suspect" or (since is not None and code is not None and code.time >= since):
        say_suspect(found)
    elif since is not None and code is None and not 0 < known <= since:
        sentence = "its key was declared compromised after the pack was made"
        found.say("state", Is.NOT_CHECKED, "KEY_COMPROMISED_SINCE", sentence)
    else:
        say_state(StateFacts(standing, 0, pack.time), found)


def _subject(
    pack: Pack,
    place: Place,
    code: QrCode | None,
    document: bytes | None,
    subject: str | None,
    trust: Trust,
    found: Findings,
) -> None:
    """What the document says it is about, if that is at hand; by the pack's tags otherwise."""
    fields = trust.subjects.get(place.head.doc_type, ())
    if subject is None:
        say_subject_open(fields, found)
        return
    shown = found.facts.get("fields", ())
    named: Sequence[tuple[str, str]] = subjects_named(document or b"", fields) + subjects_shown(shown, fields)
    if named:
        whole = code is not None and code.printed is not None and code.printed.fields.whole
        say_subject(named, subject, all_named=document is not None or whole, found=found)
    elif not pack.names_things(place):
        say_subject((), subject, all_named=False, found=found)
    elif pack.is_about(place, subject):
        say_matches(found)
    else:
        say_differs(found)


def _not_listed(
    pack: Pack, trust: Trust, now: int, subject: str | None, code: QrCode | None = None
) -> Report:
    """The pack does not list it: unknown, if the pack would know."""
    found, contents = Findings(), pack.contents
    if subject is not None:
        check_reading(subject)
        found.facts["subject_asked"] = True
    say_age(pack.time, pack.checkpoint.time, now, trust, strictest(pack, trust), found)
    if code is not None and not contents.covers(code.doc_type, code.formation):
        sentence = "the pack does not list documents of this type and office"
        found.say("authority", Is.NOT_CHECKED, "PACK_ELSEWHERE", sentence)
    elif code is not None and code.time > pack.time:
        sentence = "the code says that it was issued after the pack was made: get a newer pack"
        found.say("authority", Is.NOT_CHECKED, "PACK_OLDER", sentence)
    elif contents.absent:
        sentence = f"{contents.absent} documents are on the ledger that the pack does not list"
        found.say("authority", Is.NOT_CHECKED, "PACK_INCOMPLETE", sentence)
    else:
        found.facts["not_found"] = True
        where = f" of {contents.region} and beneath" if contents.region else ""
        sentence = f"the pack has {contents.documents} documents{where} ({', '.join(contents.types)}), and not this one"
        found.say("authority", Is.NOT_CHECKED, "NOT_IN_PACK", sentence)
    return found.report()


def strictest(pack: Pack, trust: Trust) -> Limits:
    """The limits of a pack as a whole: those of the type in it that is soonest too old."""
    return min(map(trust.limits_of, pack.contents.types), key=lambda one: (one.usable_for, one.fresh_for))
