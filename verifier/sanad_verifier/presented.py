"""Whatever somebody holds out to be checked offline: a bundle, a printed code's text, a picture of a certificate; and,
against a pack, any file, a number or a short code.
"""

from sanad_verifier.bundle import is_bundle
from sanad_verifier.documents import candidate_digests
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.packs.examining import examine_document, examine_identifier
from sanad_verifier.packs.pack import Pack
from sanad_verifier.qr import is_qr_text
from sanad_verifier.qr_image import is_image, read_image
from sanad_verifier.status_lists.lists import StatusList
from sanad_verifier.trust import Trust
from sanad_verifier.verdict import Overall, Report

_WORST_FIRST = (Overall.REFUSED, Overall.UNKNOWN, Overall.CANNOT_TELL, Overall.STALE, Overall.AUTHENTIC)


def examine_given(
    data: bytes,
    trust: Trust,
    now: int,
    *,
    document: bytes | None = None,
    subject: str | None = None,
    pack: Pack | None = None,
    lists: tuple[StatusList, ...] = (),
) -> list[Report]:
    """A report on what is in `data`; of a picture with several codes one for each, the worst first, since a paper is
    no better than any of its codes.

    Raises the `InputError` of a picture that cannot be read or has no code in it, and `SubjectInvalid`.
    """
    if is_qr_text(data):
        texts: tuple[str, ...] = (data.decode("utf-8", "replace").rstrip("\r\n"),)
    elif pack is not None and not is_bundle(data) and (not is_image(data) or _lists(pack, data)):
        return examine_document(data, pack, trust, now, subject=subject)
    elif is_image(data):
        texts = read_image(data)
    else:
        return [examine_bundle(data, trust, now, document=document, subject=subject, pack=pack, lists=lists)]
    reports = [
        examine_qr(text, trust, now, document=document, subject=subject, pack=pack, lists=lists)
        for text in texts
    ]
    return sorted(reports, key=lambda report: _WORST_FIRST.index(report.overall))


def examine_target(
    given: str,
    content: bytes | None,
    trust: Trust,
    now: int,
    *,
    document: bytes | None = None,
    subject: str | None = None,
    pack: Pack | None = None,
    lists: tuple[StatusList, ...] = (),
) -> list[Report]:
    """A report on what a command line names: a file with this `content`, the text of a code, or, against a pack, a
    number, a short code or a digest.
    """
    if content is None and pack is not None and not is_qr_text(given.encode("utf-8", "replace")):
        return examine_identifier(given, pack, trust, now, subject=subject)
    data = given.encode("utf-8", "replace") if content is None else content
    return examine_given(data, trust, now, document=document, subject=subject, pack=pack, lists=lists)


def _lists(pack: Pack, data: bytes) -> bool:
    """Whether the file itself is a document that the pack lists: a scan is a picture too."""
    return any(pack.of_digest(one.digest) for one in candidate_digests(data))
