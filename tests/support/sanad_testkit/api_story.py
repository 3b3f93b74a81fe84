"""Every operation of the API, asked once, in an order in which each has something to answer: the examples of the
OpenAPI document are what this told (`scripts/generate_api_examples.py`).

The service runs on a copy of the prepared directory. What one answer says, later requests may use.
"""

import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sanad_api.accounts.operator import operator_token
from sanad_api.callers import Role
from sanad_node import policing, types
from sanad_node.datadir import DataDirectory
from sanad_node.epcis import documents
from sanad_node.mirror import starting
from sanad_node.node import Node
from sanad_node.samples import FOLDER
from sanad_testkit import auction_chain, devices, drawing_office, witness_cases
from sanad_testkit.network_of_offices import receipt
from sanad_testkit.service import Prepared, Running, running

WITHIN = 30
Known = dict[str, Any]
"""What the answers so far have told."""
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `who` asks; `place`, `query` and `body` may follow from what is known; `tells` says what is to be
    known of the answer. What still changes is asked again until it is `over`. `of_follower` asks the
    service of a node that follows the other's log.
    """

    route: str
    who: Role | str | None = None
    place: Callable[[Known], dict[str, Any]] = lambda _: {}
    query: str = ""
    body: Callable[[Known], Any] | None = None
    tells: Callable[[Any], Known] = lambda _: {}
    kind: str = "application/json"
    over: Callable[[Any], bool] = lambda _: True
    of_follower: bool = False


def _body(**members: Any) -> Callable[[Known], Any]:
    return lambda _: {name.rstrip("_"): value for name, value in members.items()}


def _at(**values: str) -> Callable[[Known], dict[str, Any]]:
    return lambda _: values


def _known(*names: str) -> Callable[[Known], dict[str, Any]]:
    return lambda known: {name: known[name] for name in names}


PAPERS = "\n".join(json.dumps(json.loads(receipt(f"KAPW-{n}"))) for n in (901, 902)) + "\n"
DECLARATION = json.loads(types.get("GOODS_DECLARATION").read_sample())
DECLARATION["containers"][1]["sealNumber"] = DECLARATION["containers"][0]["sealNumber"]
DECLARATION["containers"][0]["number"] = "TCLU4482018"
MESSAGE = json.loads((Path(str(FOLDER)) / "psw/declarations.jsonl").read_bytes().splitlines()[0])
del MESSAGE["signature"]  # which is of the text as it was first written
EXTRACT = json.loads(types.get("DECLARATION_EXTRACT").read_sample())
SEIZURE = json.loads(auction_chain.paper("SEIZURE_REPORT", caseNumber="KAPW-ASO-601-2026"))
BILL = {**json.loads(types.get("BILL_OF_LADING").read_sample()), "isToOrder": True}
HAND_OVER = {"act": "ship", "consignment": "BOX 7", "to": "PORT", "quantity": 40, "seal": "SN-448120"}
EVENTS = json.dumps(
    documents.document(
        [
            {
                "type": "ObjectEvent",
                "eventTime": "2026-11-28T09:00:00+05:00",
                "eventTimeZoneOffset": "+05:00",
                "epcList": ["BOX:7"],
                "action": "OBSERVE",
                "bizStep": "inspecting",
                "disposition": "container_closed",
            }
        ],
        "2026-11-28T09:00:00+05:00",
    )
)


def _readings(known: Known) -> str:
    """A batch of the device's, which the node signs."""
    told = [devices.reading(known["now"] + second, "24.8600", "67.0100") for second in (1, 2)]
    return json.dumps(devices.batch(known["consignment"], known["device"], 1, told))


STORY: tuple[Step, ...] = (
    Step("GET /healthz"),
    Step("GET /readyz"),
    Step("GET /v1/me", Role.ISSUER),
    Step("GET /v1/types"),
    Step("GET /v1/types/{name}", place=_at(name="FILE")),
    Step("GET /v1/reasons"),
    Step("GET /v1/trust"),
    Step(
        "POST /v1/documents",
        Role.ISSUER,
        body=lambda _: {"type": "AUCTION_RECEIPT", "document": json.loads(receipt("KAPW-417"))},
        tells=lambda told: {"act": told["act"], "identifier": told["digest"]},
    ),
    Step("GET /v1/acts/{act}", Role.ISSUER, _known("act"), query=f"wait={WITHIN}"),
    Step("GET /v1/acts", Role.ISSUER, query="limit=2"),
    Step("GET /v1/documents", Role.ISSUER, query="limit=2"),
    Step("GET /v1/documents/{identifier}", Role.ISSUER, _known("identifier")),
    Step("POST /v1/verify", body=lambda known: {"digest": known["identifier"], "subject": "NZE141-0000001"}),
    Step("POST /v1/packs", Role.SQUAD, body=_body(types=["AUCTION_RECEIPT"])),
    Step(
        "POST /v1/status-lists",
        Role.ISSUER,
        body=_body(group="CELL"),
        tells=lambda told: {"act": told["act"]},
    ),
    Step("GET /v1/acts/{act}", Role.ISSUER, _known("act"), query=f"wait={WITHIN}"),
    Step("GET /v1/status-lists", Role.SQUAD, query="group=CELL"),
    Step(
        "POST /v1/documents/{identifier}/presentation",
        Role.ISSUER,
        _known("identifier"),
        body=_body(fields=["/receiptNumber", "/vehicle/chassisNumber"]),
    ),
    Step(
        "POST /v1/documents/{identifier}/status",
        Role.APPROVER,
        _known("identifier"),
        body=_body(change="suspend", reason="under-inquiry"),
    ),
    Step("GET /v1/documents/{identifier}/status", Role.ISSUER, _known("identifier")),
    Step(
        "POST /v1/batches",
        Role.ISSUER,
        query="type=AUCTION_RECEIPT",
        body=lambda _: PAPERS,
        kind="application/x-ndjson",
        tells=lambda told: {"job": told["batch"]},
    ),
    Step("GET /v1/batches/{job}", Role.ISSUER, _known("job"), over=lambda told: told["counts"]["final"] == 2),
    Step("GET /v1/batches", Role.ISSUER),
    Step("GET /v1/batches/{job}/rows", Role.ISSUER, _known("job")),
    Step(
        "POST /v1/formations/{code}/scopes",
        Role.ADMIN,
        _at(code="CELL"),
        body=_body(type="GOODS_DECLARATION", acts=["issue"]),
    ),
    Step(
        "POST /v1/formations/{code}/scopes",
        Role.ADMIN,
        _at(code="CELL"),
        body=_body(type="DECLARATION_EXTRACT", acts=["issue", "issue-batch"]),
    ),
    Step("POST /v1/batches/dry-run", Role.ISSUER, query="form=psw-gd", body=lambda _: MESSAGE),
    Step("POST /v1/batches", Role.ISSUER, query="form=psw-gd", body=lambda _: MESSAGE),
    Step(
        "POST /v1/checks", Role.ISSUER, body=lambda _: {"type": "GOODS_DECLARATION", "document": DECLARATION}
    ),
    Step(
        "POST /v1/documents",
        Role.ISSUER,
        body=lambda _: {"type": "GOODS_DECLARATION", "document": DECLARATION},
    ),
    Step(
        "GET /v1/findings",
        Role.AUDITOR,
        tells=lambda told: {"finding": told["findings"][0]["id"]},
    ),
    Step("GET /v1/findings/report", Role.AUDITOR),
    Step("GET /v1/stock", Role.AUDITOR),
    Step("GET /v1/stock/report", Role.AUDITOR),
    Step("GET /v1/reports/monthly", Role.ISSUER, query="month=2026-10"),
    Step("GET /v1/reports/monthly/file", Role.AUDITOR, query="month=2026-10"),
    Step("GET /v1/reports/seizures", Role.AUDITOR, query="month=2026-10"),
    Step("POST /v1/stocktakes", Role.ISSUER, body=_body(warehouse="CELL", list="entry_number\nDA-0912\n")),
    Step(
        "POST /v1/formations/{code}/scopes",
        Role.ADMIN,
        _at(code="CELL"),
        body=_body(type="DECLARATION_EXTRACT", acts=["issue"]),
    ),
    Step(
        "POST /v1/formations/{code}/scopes",
        Role.ADMIN,
        _at(code="PORT"),
        body=_body(type="ATTESTATION", acts=["issue", "revoke"]),
    ),
    Step(
        "POST /v1/documents",
        Role.ISSUER,
        body=lambda _: {"type": "DECLARATION_EXTRACT", "document": EXTRACT},
        tells=lambda told: {"record": told["digest"]},
    ),
    Step(
        "POST /v1/documents/{identifier}/attestation",
        OPERATOR,
        lambda known: {"identifier": known["record"]},
        body=_body(**{"as": "PORT"}),
    ),
    Step("GET /v1/traders", Role.AUDITOR, query="since=2026-01-01&until=2026-12-31"),
    Step("GET /v1/notices", Role.AUDITOR),
    Step("GET /v1/reads", Role.AUDITOR, query="limit=2"),
    Step("GET /v1/reads/check", Role.AUDITOR),
    Step(
        "POST /v1/findings/answers",
        Role.AUDITOR,
        body=lambda known: {
            "finding": known["finding"],
            "reason": "clerical",
            "note": "the seal was misread at the gate",
        },
    ),
    Step(
        "POST /v1/consignments",
        Role.SQUAD,
        body=_body(kind="CONTAINER", reference="BOX 7", quantity=40, unit="CT"),
        tells=lambda told: {"consignment": told["consignment"], "act": told["act"]},
    ),
    Step("GET /v1/acts/{act}", Role.SQUAD, _known("act"), query=f"wait={WITHIN}"),
    Step(
        "POST /v1/handovers",
        Role.SQUAD,
        body=lambda _: HAND_OVER,
    ),
    Step(
        "POST /v1/formations/{code}/scopes",
        Role.ADMIN,
        _at(code="CELL"),
        body=_body(type="DEVICE", acts=["device"]),
        tells=lambda told: {"act": told["act"]},
    ),
    Step("GET /v1/acts/{act}", Role.ADMIN, _known("act"), query=f"wait={WITHIN}"),
    Step(
        "POST /v1/devices",
        Role.APPROVER,
        body=_body(serial="ELOCK-0417"),
        tells=lambda told: {"act": told["act"], "device": told["device"]},
    ),
    Step("GET /v1/acts/{act}", Role.APPROVER, _known("act"), query=f"wait={WITHIN}"),
    Step("GET /v1/devices", Role.APPROVER),
    Step(
        "POST /v1/observations",
        Role.SQUAD,
        body=lambda known: {"act": "readings", "document": _readings(known)},
        tells=lambda told: {"act": told["act"]},
    ),
    Step(
        "GET /v1/acts/{act}",
        Role.APPROVER,
        _known("act"),
        query=f"wait={WITHIN}",
        tells=lambda told: {"entry": told["entry"]},
    ),
    Step(
        "GET /v1/consignments/{identifier}/readings/{entry}/{number}",
        Role.SQUAD,
        lambda known: {"identifier": "BOX 7", "entry": known["entry"], "number": 0},
    ),
    Step(
        "POST /v1/observations",
        Role.SQUAD,
        body=_body(act="inspect", consignment="BOX 7", condition="seal-locked", seal="SN-448120"),
    ),
    Step("GET /v1/consignments/{identifier}/epcis", Role.SQUAD, _at(identifier="BOX 7")),
    Step("POST /v1/epcis/capture", Role.SQUAD, body=lambda _: {"document": EVENTS}),
    Step(
        "POST /v1/devices/{address}/closure",
        Role.APPROVER,
        lambda known: {"address": known["device"]},
        body=_body(reason="lost-or-stolen-paper"),
    ),
    Step("POST /v1/holds", Role.SQUAD, body=_body(act="hold", consignment="BOX 1", reason="court-order")),
    Step("GET /v1/consignments", Role.SQUAD, query="limit=2"),
    Step("GET /v1/consignments/{identifier}", Role.SQUAD, _at(identifier="BOX 7")),
    Step("GET /v1/consignments/{identifier}/trace", Role.SQUAD, _at(identifier="BOX 7")),
    Step(
        "POST /v1/formations/{code}/scopes",
        Role.ADMIN,
        _at(code="CELL"),
        body=_body(type="BILL_OF_LADING", acts=["register", "ship"]),
    ),
    Step(
        "POST /v1/bills",
        Role.ISSUER,
        body=lambda _: {"holder": "CELL", "beneficiary": "CELL", "document": BILL},
        tells=lambda told: {"act": told["act"], "bill": told["digest"]},
    ),
    Step("GET /v1/acts/{act}", Role.ISSUER, _known("act"), query=f"wait={WITHIN}"),
    Step(
        "POST /v1/bills/{identifier}/acts",
        Role.ISSUER,
        lambda known: {"identifier": known["bill"]},
        body=_body(act="pledge", to="PORT"),
        tells=lambda told: {"act": told["act"]},
    ),
    Step("GET /v1/acts/{act}", Role.ISSUER, _known("act"), query=f"wait={WITHIN}"),
    Step("GET /v1/bills", Role.ISSUER, query="limit=2"),
    Step("GET /v1/bills/{identifier}", Role.ISSUER, lambda known: {"identifier": known["bill"]}),
    Step("GET /v1/bills/{identifier}/chain", Role.ISSUER, lambda known: {"identifier": known["bill"]}),
    Step("GET /v1/formations", Role.ADMIN),
    Step("POST /v1/formations", Role.ADMIN, body=_body(code="FSDP", kind="CUSTOMS")),
    Step("GET /v1/formations/{code}", Role.ADMIN, _at(code="YARD")),
    Step("POST /v1/formations/{code}/keys", Role.ADMIN, _at(code="YARD"), body=_body(officer="badge 118")),
    Step("POST /v1/formations/{code}/rotation", Role.ADMIN, _at(code="PORT"), body=_body(at=0)),
    Step(
        "POST /v1/formations/{code}/scopes",
        Role.ADMIN,
        _at(code="YARD"),
        body=_body(type="FILE", acts=["issue", "revoke"]),
    ),
    Step(
        "POST /v1/formations/{code}/suspension",
        Role.ADMIN,
        _at(code="YARD"),
        body=_body(reason="under-inquiry"),
    ),
    Step(
        "POST /v1/formations/{code}/reinstatement",
        Role.ADMIN,
        _at(code="YARD"),
        body=_body(reason="inquiry-closed"),
    ),
    Step(
        "POST /v1/keys/{address}/compromise",
        Role.ADMIN,
        _known("address"),
        body=lambda known: {"since": known["now"] - 3600},
    ),
    Step(
        "POST /v1/formations/{code}/closure",
        Role.ADMIN,
        _at(code="COURT"),
        body=lambda known: {"at": known["now"] + 86400},
    ),
    Step(
        "POST /v1/successions",
        Role.ADMIN,
        body=lambda known: {
            "predecessors": ["COURT"],
            "successors": ["FSDP"],
            "at": known["now"] + 86400,
        },
    ),
    Step("GET /v1/formations/{code}/line", Role.ADMIN, _at(code="COURT")),
    Step("GET /v1/policies", Role.ISSUER),
    Step("POST /v1/policies", Role.ADMIN, body=_body(types=["BID_PAYMENT"])),
    Step(
        "POST /v1/approvals",
        OPERATOR,
        body=lambda _: {"type": "SEIZURE_REPORT", "as": "KAPW", "document": SEIZURE},
    ),
    Step(
        "POST /v1/documents/{identifier}/approval",
        OPERATOR,
        lambda known: {"identifier": known["seizure"]},
        body=_body(reason="fraud"),
    ),
    Step(
        "POST /v1/documents/{identifier}/consumption",
        OPERATOR,
        lambda known: {"identifier": known["lot"]},
        body=lambda _: {"as": "KAPW-AUC"},
    ),
    Step(
        "POST /v1/instruments", OPERATOR, body=lambda known: {"document": known["fi"], "as": "SNB-KHI-0002"}
    ),
    Step("GET /v1/instruments", OPERATOR, query="limit=2"),
    Step(
        "POST /v1/instruments/{identifier}/draws",
        OPERATOR,
        lambda known: {"identifier": known["fi"]},
        body=lambda known: {"declaration": known["gd"], "as": "KPQA"},
    ),
    Step("GET /v1/instruments/{identifier}", OPERATOR, lambda known: {"identifier": known["fi"]}),
    Step(
        "POST /v1/documents/{identifier}/status",
        OPERATOR,
        lambda known: {"identifier": known["gd"]},
        body=_body(change="revoke", reason="cancelled-at-holders-request"),
    ),
    Step(
        "POST /v1/instruments/{identifier}/returns",
        OPERATOR,
        lambda known: {"identifier": known["fi"]},
        body=lambda known: {
            "declaration": known["gd"],
            "as": "KPQA",
            "reason": "cancelled-at-holders-request",
        },
    ),
    *(
        Step(
            "POST /v1/documents/{identifier}/stages",
            OPERATOR,
            lambda known: {"identifier": known["gd2"]},
            body=_body(to=stage, **{"as": "KPQA"}),
        )
        for stage in ("assessed", "paid")
    ),
    Step(
        "POST /v1/documents/{identifier}/release",
        OPERATOR,
        lambda known: {"identifier": known["gd2"]},
        body=_body(**{"as": "KPQA"}),
    ),
    Step("GET /v1/documents/{identifier}/life", OPERATOR, lambda known: {"identifier": known["gd2"]}),
    Step(
        "POST /v1/instruments/{identifier}/amendments",
        OPERATOR,
        lambda known: {"identifier": known["fi"]},
        body=lambda known: {"document": known["fi"], "as": "SNB-KHI-0002"},
    ),
    Step("GET /v1/members", Role.ADMIN),
    Step(
        "POST /v1/proposals",
        Role.ADMIN,
        body=lambda known: {"what": "add", "address": known["second"], "cosigningKey": "d7" * 32},
    ),
    Step("POST /v1/proposals", Role.ADMIN, body=_body(what="threshold", threshold=2)),
    Step("POST /v1/proposals", Role.ADMIN, body=_body(what="threshold", threshold=1)),
    Step(
        "GET /v1/members",
        Role.ADMIN,
        tells=lambda told: {"number": max(one["number"] for one in told["proposals"])},
    ),
    Step(
        "POST /v1/proposals/{number}/votes",
        Role.ADMIN,
        _known("number"),
        body=lambda known: {"member": known["second"]},
    ),
    Step("GET /v1/users", Role.ADMIN),
    Step(
        "POST /v1/users",
        Role.ADMIN,
        body=_body(name="gate.in", kind="client", formation="PORT", roles=["squad"]),
    ),
    Step(
        "POST /v1/users/{name}/tokens",
        Role.ADMIN,
        _at(name="gate.in"),
        body=_body(label="gate 3", lifetimeSeconds=2592000),
    ),
    Step("POST /v1/users/{name}/revocation", Role.ADMIN, _at(name="gate.in"), body=_body(label="gate 3")),
    Step("POST /v1/users/{name}/disabling", Role.ADMIN, _at(name="gate.in")),
    Step("POST /v1/users/{name}/enabling", Role.ADMIN, _at(name="gate.in")),
    Step(
        "POST /v1/users/{name}/password",
        Role.ADMIN,
        _at(name="squad.port"),
        body=_body(password="four words make one"),
    ),
    Step(
        "POST /v1/webhooks",
        Role.ADMIN,
        body=_body(url="https://hooks.example/sanad"),
        tells=lambda told: {"hook": told["hook"]},
    ),
    Step("GET /v1/webhooks", Role.ADMIN),
    Step("DELETE /v1/webhooks/{hook}", Role.ADMIN, _known("hook")),
    Step("GET /v1/events", Role.AUDITOR, query="limit=2"),
    Step("GET /v1/vault", Role.AUDITOR, tells=lambda told: {"vault": told["address"]}),
    Step("POST /v1/vault/pins", OPERATOR),
    Step(
        "POST /v1/vault/grants",
        OPERATOR,
        body=lambda known: {"document": known["identifier"], "to": known["vault"]},
    ),
    Step("GET /v1/documents/{identifier}/kept", Role.ISSUER, _known("identifier")),
    Step("POST /v1/vault/fetch", OPERATOR, body=lambda known: {"document": known["identifier"]}),
    Step("POST /v1/vault/scrub", OPERATOR, body=_body(heal=False)),
    Step(
        "POST /v1/vault/erasures",
        OPERATOR,
        body=lambda known: {
            "document": known["identifier"],
            "confirm": known["identifier"],
            "reason": "order of the court, 12/2026",
        },
    ),
    Step("GET /v1/node", Role.AUDITOR),
    Step("GET /v1/node/equivocations", Role.AUDITOR),
    Step("GET /v1/node/facts", Role.AUDITOR),
    Step(
        "POST /v1/node/sync",
        OPERATOR,
        body=lambda known: {"mirrors": [known["url"]], "stale": False, "keep": False},
        of_follower=True,
    ),
    Step("POST /v1/node/checkpoint", Role.AUDITOR),
    Step("POST /v1/node/log", Role.AUDITOR),
    Step("POST /v1/node/cosignatures", OPERATOR, body=_body(witnesses=["https://witness.example"])),
    Step("POST /v1/node/fsck", OPERATOR, body=_body(deep=False)),
    Step(
        "POST /v1/node/mirror",
        OPERATOR,
        body=_body(size=1000000, root="4b" * 32, digest="a1" * 32),
    ),
    Step("POST /v1/node/comparison", OPERATOR),
    Step("GET /checkpoint"),
    Step("POST /add-checkpoint", body=lambda _: witness_cases.GOOD.encode().decode(), kind="text/plain"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a step came to: the request as it was sent and the answer, JSON read."""

    step: Step
    place: dict[str, Any]
    body: Any
    answer: httpx.Response
    said: Any = field(default=None)


@contextmanager
def prepared_service(prepared: Prepared, folder: Path) -> Iterator[tuple[Running, Known]]:
    """A service whose settings let every step come to something, and what is known before the first."""
    data = folder / "story"
    shutil.copytree(prepared.data, data)
    with Node(data) as node:
        yard = node.reader.formation("YARD")
        known = {
            "second": node.keyring.create().hex(),
            "address": node.reader.keys_of(yard.number)[0].address.hex(),
            "now": int(node.clock()),
            **_car(node),
            **_instrument(node),
        }
    environment = {
        "SANAD_IPFS__RPC": "http://127.0.0.1:9",  # where nobody listens
        "SANAD_WEBHOOKS__HOSTS": "hooks.example",
        "SANAD_WITNESS__LOGS": f"{witness_cases.LOG.key.encode()} sanad.example/member-2",
    }
    with running(data, prepared, environment) as service:
        follower = folder / "follower"
        starting.start(follower, [service.url], service.asks().get("/v1/trust").content)
        with running(follower) as following:
            yield service, {**known, "url": service.url, "follower": following}


def _car(node: Node) -> Known:
    """A car's papers up to its lot, each of an office of its own that the operator acts for."""
    auction_chain.join(node)
    policing.propose(node, ["SEIZURE_REPORT", "WAREHOUSE_DEPOSIT", "FORENSIC_REPORT", "AUCTION_LOT"])
    chain = auction_chain.Chain(node)
    chain.until("AUCTION_LOT")
    return {"lot": chain.digests["AUCTION_LOT"].hex(), "seizure": chain.digests["SEIZURE_REPORT"].hex()}


def _instrument(node: Node) -> Known:
    """A bank's instrument, and two declarations of a collectorate that draw from it."""
    drawing_office.join(node)
    office = drawing_office.Office(node)
    return {
        "fi": office.put("PSW_FI", drawing_office.instrument(), "SNB-KHI-0002"),
        "gd": office.declared(1),
        "gd2": office.declared(2, "400.0000"),
    }


def told(service: Running, known: Known) -> Iterator[Told]:
    """Each step's answer; any that is refused ends the story."""
    for step in STORY:
        method, _, template = step.route.partition(" ")
        asked = known["follower"] if step.of_follower else service
        place = step.place(known)
        body = None if step.body is None else step.body(known)
        given = (
            {"json": body}
            if step.kind == "application/json" and body is not None
            else {"content": body or b""}
        )
        headers = {"Idempotency-Key": secrets.token_hex(8), **_authority(asked, step.who)}
        if body is not None and step.kind != "application/json":
            headers["Content-Type"] = step.kind
        with httpx.Client(base_url=asked.url, timeout=2 * WITHIN, trust_env=False) as http:
            path = template.format(**place) + (f"?{step.query}" if step.query else "")
            deadline = time.monotonic() + WITHIN
            while True:
                answer = http.request(method, path, headers=headers, **given)
                assert answer.status_code < 300, (step.route, answer.text)
                said = _said(answer)
                if step.over(said):
                    break
                assert time.monotonic() < deadline, (step.route, answer.text)
            if "Location" in answer.headers and answer.headers["Location"].startswith("/v1/acts/"):
                seen = http.get(
                    f"{answer.headers['Location']}?wait={WITHIN}", headers=_authority(service, OPERATOR)
                )
                assert seen.json()["state"] == "final", seen.text
        known.update(step.tells(said))
        yield Told(step, place, body, answer, said)


def _said(answer: httpx.Response) -> Any:
    """What an answer says to a reader; None for a file."""
    kind = answer.headers.get("Content-Type", "")
    if kind == "application/json":
        return answer.json()
    return answer.text if kind.startswith("text/plain") else None


def _authority(service: Running, who: Role | str | None) -> dict[str, str]:
    if who is None:
        return {}
    if isinstance(who, Role):
        assert service.people is not None
        token = service.people.client(who).token
    else:
        token = operator_token(DataDirectory.at(service.data))
    return {"Authorization": f"Bearer {token}"}


ELSEWHERE = {
    "POST /v1/node/cross-check": {
        "status": "200",
        "answer": {"application/json": {"block": 17, "entries": 4, "size": 9, "time": 1795909055}},
    }
}
"""What the embedded chain of this story has no answer to, as a network of three geths gave it."""
