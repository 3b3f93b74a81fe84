"""Whatever somebody holds out to be checked offline: a bundle, a printed code's text, a picture of a certificate."""

from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.qr import is_qr_text
from sanad_verifier.qr_image import is_image, read_image
from sanad_verifier.trust import Trust
from sanad_verifier.verdict import Overall, Report

_WORST_FIRST = (Overall.REFUSED, Overall.UNKNOWN, Overall.CANNOT_TELL, Overall.STALE, Overall.AUTHENTIC)


def examine_given(
    data: bytes, trust: Trust, now: int, *, document: bytes | None = None, subject: str | None = None
) -> list[Report]:
    """A report on what is in `data`; of a picture with several codes one for each, the worst first, since a paper is
    no better than any of its codes.

    Raises the `InputError` of a picture that cannot be read or has no code in it, and `SubjectInvalid`.
    """
    if is_qr_text(data):
        texts: tuple[str, ...] = (data.decode("utf-8", "replace").rstrip("\r\n"),)
    elif is_image(data):
        texts = read_image(data)
    else:
        return [examine_bundle(data, trust, now, document=document, subject=subject)]
    reports = [examine_qr(text, trust, now, document=document, subject=subject) for text in texts]
    return sorted(reports, key=lambda report: _WORST_FIRST.index(report.overall))
