"""A chapter on paper: a certificate is printed, photographed, and verified where there is no network and no node."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pypdfium2

from sanad_node import certifying, checkpointing, packing
from sanad_node.demo.photographs import photograph_of_page
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage
from sanad_verifier.errors import EnvironmentFault
from sanad_verifier.packs.contents import parse_contents
from sanad_verifier.qr_image import read_image
from sanad_verifier.trust import encode_trust

CAR, OTHER_CAR = "TRJ150-0098765", "NZE141-6113208"
NINE_DAYS = 9 * 24 * 3600
SCALE = 150 / 72
"""From points to the pixels of a printer with 150 dots an inch."""
SECONDS = 60
_VERIFY = [sys.executable, "-c", "import sys; from sanad_verifier.cli import main; sys.exit(main())"]
_ALONE = ["unshare", "--map-root-user", "--net"]
"""Starts a process in a network namespace of its own, with nothing in it."""


class VerifierSilent(EnvironmentFault):
    """The verifier's process said nothing that could be read."""

    code = "VERIFIER_SILENT"


def squad_without_signal(stage: Stage) -> None:
    """What a roadside squad does with a sheet of paper, a phone's camera and the trust file."""
    node = stage.node
    record = node.reader.documents_by_digest([stage.digests["dossier/08-auction-receipt.json"]])[0]
    now = int(node.clock())
    later = datetime.fromtimestamp(now + NINE_DAYS, UTC).isoformat()
    with TemporaryDirectory() as held:
        folder = Path(held)
        shift = folder / "shift.pack"
        paper, photo, trust = folder / "paper.pdf", folder / "photo.jpg", folder / "trust.json"
        trust.write_bytes(encode_trust(checkpointing.trust(node)))

        def print_it() -> Outcome:
            paper.write_bytes(certifying.certificate(node, record))
            return "printed", f"{len(pypdfium2.PdfDocument(paper.read_bytes()))} pages"

        def photograph_it() -> Outcome:
            page = pypdfium2.PdfDocument(paper.read_bytes())[0].render(scale=SCALE).to_pil()
            photo.write_bytes(photograph_of_page(page, 11))
            same = read_image(photo.read_bytes()) == read_image(paper.read_bytes())
            return "read", "same" if same else "different"

        def verified(*more: str, given: str = photo.name) -> Outcome:
            told = _verdict(folder, given, "--trust", trust.name, *more)
            return told["state"] or "-", told["verdict"]

        def pack_it() -> Outcome:
            made = packing.build(node, packing.Wanted(("AUCTION_RECEIPT", "BILL_OF_LADING")))
            shift.write_bytes(made.encode())
            paper.write_bytes(certifying.certificate(node, record, short=True))
            return "packed", parse_contents(made.contents).region or "every office"

        def from_pack(given: str, *more: str) -> Outcome:
            return verified("--pack", shift.name, *more, given=given)

        run = stage.record.run
        # said as it is: what the machine cannot take away, the process has
        without = "no network" if _namespace() else "a network that this machine cannot take away"
        run("paper: print the auction receipt's certificate", "printed 2 pages", print_it)
        run("paper: photograph it crooked and in bad light, read its code", "read same", photograph_it)
        run(
            f"paper: the photograph, {without}, this car",
            "active authentic",
            lambda: verified("--subject", CAR),
        )
        run(
            f"paper: the photograph, {without}, another car",
            "active refused",
            lambda: verified("--subject", OTHER_CAR),
        )
        run("paper: offline, nine days later", "active stale", lambda: verified("--at", later))
        run("paper: take a pack along for the shift", "packed every office", pack_it)
        run(
            "paper: a certificate with the short code, by the pack",
            "active authentic",
            lambda: from_pack(paper.name, "--subject", CAR),
        )
        run(
            "paper: the same, another car",
            "active refused",
            lambda: from_pack(paper.name, "--subject", OTHER_CAR),
        )
        run("paper: only the car, by the pack", "active cannot-tell", lambda: from_pack(CAR))
        run("paper: a number that no office issued", "- unknown", lambda: from_pack("KAPW-AUC-2026-99999"))
        run(
            "paper: the pack is nine days old",
            "active stale",
            lambda: from_pack(paper.name, "--at", later),
        )


def _verdict(folder: Path, *arguments: str) -> dict[str, Any]:
    """What the verifier says in a process that has the two files, and no network where the machine allows that."""
    command = [*_namespace(), *_VERIFY, *arguments, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise VerifierSilent("the verifier's process told no verdict") from error
    return told


@cache
def _namespace() -> Sequence[str]:
    """What starts a process where there is no network; nothing where the machine does not allow that."""
    try:
        allowed = subprocess.run([*_ALONE, "true"], capture_output=True, timeout=SECONDS, check=False)
    except OSError:
        return []
    return _ALONE if allowed.returncode == 0 else []
