"""The desk of a node in this process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sanad_node import (
    approving,
    blinding,
    certifying,
    checkpointing,
    custody,
    disclosing,
    finding,
    governance,
    issuing,
    packing,
    policing,
    registering,
    standing,
    tracing,
    types,
    verifying,
)
from sanad_node.desk import acts, batches, findings, kept, upkeep
from sanad_node.desk.base import CertificateForm, ExportForm, Moving
from sanad_node.desk.batches import Progress
from sanad_node.engines.base import ChainUnavailable
from sanad_node.exports.credential import make_credential
from sanad_node.exports.receipt import make_receipt
from sanad_node.findings import report as finding_report
from sanad_node.keeping import digest_meant
from sanad_node.mirror.own import OwnLog
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.shown import members
from sanad_node.standing import reason_code
from sanad_node.status_lists import held, publishing
from sanad_node.wire import (
    ActView,
    ApprovalView,
    ApproveRequest,
    ApproveRevocationRequest,
    CloseRequest,
    CompromisedRequest,
    ConsignmentView,
    ConsumeRequest,
    DocumentView,
    FormationRequest,
    FormationView,
    HandOverRequest,
    HoldRequest,
    IssueRequest,
    KeyRequest,
    MembersView,
    ParticularsModel,
    PoliciesRequest,
    PolicyList,
    ProposalRequest,
    ReceiveRequest,
    RegisterRequest,
    RotateRequest,
    ScopeRequest,
    ShipRequest,
    StandingRequest,
    SuspendRequest,
    VerdictView,
    VerifyRequest,
)
from sanad_node.wire.batches import BatchOutcome
from sanad_node.wire.findings import AnswerRequest, FindingAnswerView, FindingsPage, FindingsQuery
from sanad_node.wire.node import (
    BackupView,
    CheckpointView,
    ComparisonView,
    CosigningView,
    CosignRequest,
    CrossCheckView,
    EquivocationsView,
    ExaminationView,
    FactsView,
    FsckRequest,
    LogView,
    MirrorRequest,
    MirrorView,
    NodeView,
    SyncRequest,
    SyncView,
)
from sanad_node.wire.packs import PackRequest
from sanad_node.wire.status_lists import PublicationsView, PublicationView, PublishRequest
from sanad_node.wire.vault import (
    EraseRequest,
    ErasureView,
    FetchRequest,
    FetchView,
    GrantRequest,
    GrantView,
    KeptView,
    ScrubRequest,
    ScrubView,
    VaultView,
)
from sanad_verifier.digests import Digest
from sanad_verifier.errors import InputError
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.qr_image import svg
from sanad_verifier.verdict import Report


class RequestIncomplete(InputError):
    """The request lacks something that its other members make necessary."""

    code = "REQUEST_INCOMPLETE"


class NothingToDecide(InputError):
    """The ledger has these policies already."""

    code = "NOTHING_TO_DECIDE"


class LocalDesk:
    """See `Desk`."""

    def __init__(self, node: Node) -> None:
        self.node = node

    # -- documents ------------------------------------------------------------------------------------------------

    def issue(
        self, request: IssueRequest, content: bytes | None = None, *, key: str | None = None
    ) -> ActView:
        return acts.view_of(
            self.node, issuing.issue(self.node, self.ready_to_issue(request, content, key=key)).act
        )

    def ready_to_issue(
        self,
        request: IssueRequest,
        content: bytes | None = None,
        *,
        key: str | None = None,
        person: int = 0,
    ) -> issuing.Ready:
        """All of `issue` that comes before the promise; nothing is stored. `person` is who acts (`approving`)."""
        data, formation = _content(request, content), _stated(request.formation)
        self.node.catch_up_if_possible()
        return issuing.ready_to_issue(
            self.node,
            data,
            doc_type=request.type,
            formation=formation,
            number=request.number,
            name=request.name,
            keep=request.keep,
            key=key,
            replaces=self._replaced(request, formation),
            rests=_rests(request),
            person=person,
        )

    def _replaced(self, request: IssueRequest | ApproveRequest, formation: str) -> Digest | None:
        if request.replaces is None:
            return None
        kind = request.type.upper()
        return finding.document(
            self.node, request.replaces, doc_type=kind, issuer=formation, field="--replaces"
        ).digest

    def approve(
        self, request: ApproveRequest, content: bytes | None = None, *, person: int = 0
    ) -> ApprovalView:
        """Approve, as `person`, that a document be entered; it is kept in the vault."""
        data, formation = _content(request, content), _stated(request.formation)
        self.node.catch_up_if_possible()
        checked, given = issuing.approve(
            self.node,
            data,
            doc_type=request.type,
            formation=formation,
            number=request.number,
            replaces=self._replaced(request, formation),
            rests=_rests(request),
            person=person,
        )
        return _approval_view("enter", checked.digest, checked.type.name, formation.upper(), given)

    def approve_revocation(
        self, identifier: str, request: ApproveRevocationRequest, *, person: int = 0
    ) -> ApprovalView:
        reason = reason_code(request.reason)
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=request.type, issuer=request.issuer)
        who = self.node.reader.formation(request.formation or record.issuer)
        given = standing.approve_withdrawal(self.node, record, reason=reason, actor=who.code, person=person)
        return _approval_view("revoke", record.digest, record.doc_type, who.code, given)

    def consume(self, identifier: str, request: ConsumeRequest, *, key: str | None = None) -> ActView:
        formation = _stated(request.formation)
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=request.type, issuer=request.issuer)
        shown = request.evidence and finding.document(self.node, request.evidence, field="--evidence")
        done = registering.consume(self.node, record, formation=formation, evidence=shown or None, key=key)
        return acts.view_of(self.node, done.act)

    def change_standing(
        self, identifier: str, request: StandingRequest, *, key: str | None = None, person: int = 0
    ) -> ActView:
        reason = reason_code(request.reason)
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=request.type, issuer=request.issuer)
        if request.change != "supersede":
            changed = standing.change_standing(
                self.node,
                record,
                request.change,
                reason=reason,
                actor=request.formation,
                key=key,
                person=person,
            )
        elif request.by is None:
            raise RequestIncomplete("name the document that takes its place", field="--by")
        else:
            by = finding.document(self.node, request.by, doc_type=record.doc_type, field="--by")
            changed = standing.supersede(
                self.node, record, by, reason=reason, actor=request.formation, key=key
            )
        return acts.view_of(self.node, changed.act)

    def document(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        follow: bool = True,
    ) -> DocumentView:
        self.node.catch_up_if_possible()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        return DocumentView.read(members(tracing.trace_document(self.node, record, follow=follow)))

    def bundle(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        with_document: bool = True,
        with_chain: bool = False,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and its bundle."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        checkpointing.current_checkpoint(self.node)
        made = verifying.make_bundle(self.node, record, with_document=with_document, with_chain=with_chain)
        return record.digest.hex(), made

    def disclose(
        self,
        identifier: str,
        pointers: Sequence[str],
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and the bundle that shows these fields of it."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        return record.digest.hex(), disclosing.make_presentation(self.node, record, pointers)

    def export(
        self,
        identifier: str,
        form: ExportForm,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and what is known of it in a form of others."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        make = make_receipt if form == "receipt" else make_credential
        return record.digest.hex(), make(self.node, record)

    def certificate(
        self,
        identifier: str,
        *,
        doc_type: str | None = None,
        issuer: str | None = None,
        form: CertificateForm = "pdf",
        short: bool = False,
    ) -> tuple[str, bytes]:
        """The digest (hex) of the document meant, and its certificate, or the certificate's code as a picture."""
        self.node.catch_up()
        record = finding.document(self.node, identifier, doc_type=doc_type, issuer=issuer)
        if form == "pdf":
            return record.digest.hex(), certifying.certificate(self.node, record, short=short)
        return record.digest.hex(), svg(certifying.printed_code(self.node, record, short=short).text).encode()

    def issue_batch(
        self,
        path: Path,
        *,
        doc_type: str,
        formation: str,
        keep: bool = True,
        fields: bool = True,
        progress: Progress | None = None,
    ) -> list[BatchOutcome]:
        """Issue a folder of documents or a table; an outcome for each row, in their order."""
        return batches.issue(
            self.node,
            path,
            doc_type=doc_type,
            formation=formation,
            keep=keep,
            fields=fields,
            progress=progress,
        )

    def verify(self, request: VerifyRequest, content: bytes | None = None) -> VerdictView:
        return verdict_view(self.reports(request, content))

    def pack(self, request: PackRequest) -> bytes:
        """The pack's file."""
        self.node.catch_up()
        wanted = packing.Wanted(tuple(request.types), request.region or "", request.codes)
        series = None
        if request.since is not None:
            since = request.since
            series = packing.series_of(self.node, since.contents.encode(), since.note.encode())
        return packing.build(self.node, wanted, series).encode()

    def publish_status_list(self, request: PublishRequest, *, key: str | None = None) -> ActView:
        return acts.view_of(self.node, issuing.issue(self.node, self.ready_to_publish(request, key=key)).act)

    def ready_to_publish(self, request: PublishRequest, *, key: str | None = None) -> issuing.Ready:
        """All of publishing that comes before the promise; nothing is stored."""
        wanted = publishing.Wanted(request.group.upper(), _stated(request.formation), request.whole)
        return publishing.ready_to_publish(self.node, wanted, key=key)

    def status_lists(self, group: str | None = None) -> PublicationsView:
        """What a device needs of all groups, or of one."""
        self.node.be_current()
        codes = self.node.reader.formation_codes()
        return PublicationsView(
            publications=[
                PublicationView(
                    group=one.document.group,
                    publisher=codes.get(one.publisher, "?"),
                    sequence=one.document.sequence,
                    kind="list" if one.whole else "delta",
                    digest=one.digest.hex(),
                    entry=one.logged.index,
                    size=one.document.size,
                    time=one.document.time,
                )
                for one in held.needed(self.node, group=None if group is None else group.upper())
            ]
        )

    def reports(self, request: VerifyRequest, content: bytes | None = None) -> list[Report]:
        """The verdicts, best first: see `verifying.verify`."""
        self.node.be_current()
        return verifying.verify(
            self.node,
            verifying.Asked(
                document=content,
                identifier=request.digest or request.identifier,
                digests=tuple(request.digests or ()),
                code=request.code,
                doc_type=request.type,
                issuer=request.issuer,
                subject=request.subject,
            ),
        )

    # -- findings -------------------------------------------------------------------------------------------------

    def findings(self, query: FindingsQuery) -> FindingsPage:
        """A page of findings, for who may see everything."""
        return findings.page(self.node, query)

    def findings_report(self, block: int | None = None) -> bytes:
        """All findings as of a block: the same block, papers and rules give the same bytes."""
        self.node.be_current()
        return finding_report.encode(finding_report.report(self.node, block))

    def answer_finding(self, request: AnswerRequest, *, key: str | None = None) -> FindingAnswerView:  # noqa: ARG002
        """Answer as the operator, for a formation or for none. Keys belong to requests over HTTP."""
        code = (
            ""
            if request.formation is None
            else self.node.reader.formation(request.formation, field="--as").code
        )
        return findings.answer(self.node, request, user=0, name="operator", formation=code, auditor=True)

    # -- cargo ----------------------------------------------------------------------------------------------------

    def register(self, request: RegisterRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up_if_possible()
        done = custody.register(
            self.node,
            kind=request.kind,
            reference=request.reference,
            formation=_stated(request.formation),
            particulars=self._particulars(request),
            key=key,
        )
        return acts.view_of(self.node, done.act)

    def move(self, request: Moving, *, key: str | None = None) -> ActView:
        node, formation = self.node, _stated(request.formation)
        node.catch_up_if_possible()
        found = finding.consignment(node, request.consignment)
        match request:
            case ShipRequest() | HandOverRequest():
                give = custody.ship if isinstance(request, ShipRequest) else custody.hand_over
                stated = self._particulars(request)
                done = give(node, found, formation=formation, taker=request.to, particulars=stated, key=key)
            case ReceiveRequest():
                done = custody.receive(
                    node,
                    found,
                    formation=formation,
                    particulars=self._particulars(request),
                    relay=request.sent_by,
                    refuse=request.act == "refuse",
                    key=key,
                )
            case HoldRequest():
                reason = reason_code(request.reason)
                if request.act == "hold":
                    done = custody.hold(node, found, formation=formation, reason=reason, key=key)
                else:
                    done = custody.lift(
                        node, found, formation=formation, reason=reason, holder=request.of, key=key
                    )
            case _:
                reason = reason_code(request.reason)
                done = custody.recall(node, found, formation=formation, reason=reason, key=key)
        return acts.view_of(node, done.act)

    def consignment(self, identifier: str) -> ConsignmentView:
        self.node.catch_up_if_possible()
        found = finding.consignment(self.node, identifier)
        return ConsignmentView.read(members(tracing.trace_consignment(self.node, found)))

    def _particulars(self, stated: ParticularsModel) -> custody.Particulars:
        digests = tuple(
            finding.document(self.node, one, field="--document").digest.hex() for one in stated.documents
        )
        return custody.Particulars(
            stated.place.upper(),
            stated.quantity,
            stated.unit,
            custody.condition_named(stated.condition),
            stated.seal,
            stated.note,
            digests,
        )

    # -- authority ------------------------------------------------------------------------------------------------

    def formations(self) -> list[FormationView]:
        self.node.catch_up_if_possible()
        held = set(self.node.keyring.addresses())
        return [self._formation(one, held) for one in self.node.reader.formations()]

    def formation(self, code: str, *, field: str = "formation") -> FormationView:
        """One of them; `UnknownFormation`, naming `field`, if there is none."""
        self.node.catch_up_if_possible()
        return self._formation(
            self.node.reader.formation(code, field=field), set(self.node.keyring.addresses())
        )

    def _formation(self, formation: FormationRecord, held: set[bytes]) -> FormationView:
        reader = self.node.reader
        keys = [{**members(key), "heldHere": key.address in held} for key in reader.keys_of(formation.number)]
        scopes = [
            {
                "type": scope.doc_type,
                "acts": governance.act_names(scope.acts),
                "validFrom": scope.valid_from,
                "validTo": scope.valid_to,
            }
            for scope in reader.scopes_of(formation.number)
            if scope.acts
        ]
        return FormationView.read({**members(formation), "keys": keys, "scopes": scopes})

    def add_formation(self, request: FormationRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up()
        reader = self.node.reader
        parent = reader.formation(request.parent, field="--parent").number if request.parent else 0
        before = (
            reader.formation(request.predecessor, field="--predecessor").number if request.predecessor else 0
        )
        decided = governance.add_formation(
            self.node,
            code=request.code,
            kind=request.kind,
            parent=parent,
            predecessor=before,
            valid_from=request.valid_from,
            valid_to=request.valid_to,
            key=key,
        )
        return acts.view_of(self.node, decided.act)

    def add_key(self, code: str, request: KeyRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up()
        self.node.reader.formation(code, field="CODE")
        address = _address(request.address) or self.node.keyring.create()
        secret = self.node.directory.secret("network")
        mark = blinding.officer_mark(secret, request.officer) if request.officer else bytes(32)
        decided = governance.add_key(
            self.node,
            code,
            address,
            officer=mark,
            valid_from=request.valid_from,
            valid_to=request.valid_to,
            key=key,
        )
        return acts.view_of(self.node, decided.act)

    def rotate_key(self, code: str, request: RotateRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up()
        at = request.at or int(self.node.clock())
        _, decided = governance.rotate_key(self.node, code, old=_address(request.old), at=at, key=key)
        return acts.view_of(self.node, decided[-1].act)

    def set_scope(self, code: str, request: ScopeRequest, *, key: str | None = None) -> ActView:
        if request.type.upper() not in custody.KINDS:
            types.get(request.type.upper())  # a mistyped name would be a scope that nothing ever asks for
        self.node.catch_up()
        decided = governance.set_scope(
            self.node,
            code,
            request.type.upper(),
            request.acts,
            valid_from=request.valid_from,
            valid_to=request.valid_to,
            key=key,
        )
        return acts.view_of(self.node, decided.act)

    def suspend(self, code: str, request: SuspendRequest, *, key: str | None = None) -> ActView:
        reason = reason_code(request.reason)
        self.node.catch_up()
        address = _address(request.key)
        act = (
            governance.suspend_formation(self.node, code, reason, key=key)
            if address is None
            else governance.suspend_key(self.node, address, reason, key=key)
        )
        return acts.view_of(self.node, act)

    def reinstate(self, code: str, request: SuspendRequest, *, key: str | None = None) -> ActView:
        reason = reason_code(request.reason)
        self.node.catch_up()
        address = _address(request.key)
        decided = (
            governance.reinstate_formation(self.node, code, reason, key=key)
            if address is None
            else governance.reinstate_key(self.node, address, reason, key=key)
        )
        return acts.view_of(self.node, decided.act)

    def close(self, code: str, request: CloseRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up()
        return acts.view_of(self.node, governance.close_formation(self.node, code, request.at, key=key).act)

    def compromised(self, address: str, request: CompromisedRequest, *, key: str | None = None) -> ActView:
        self.node.catch_up()
        wanted = _address(address)
        assert wanted is not None
        return acts.view_of(
            self.node, governance.declare_compromised(self.node, wanted, request.since, key=key).act
        )

    def members(self) -> MembersView:
        self.node.catch_up_if_possible()
        reader = self.node.reader
        proposals = [{**_row(p), "call": self._call(p.number)} for p in reader.proposals()]
        present = [_row(m) for m in reader.members()]
        return MembersView.read({"threshold": reader.threshold(), "members": present, "proposals": proposals})

    def _call(self, number: int) -> str:
        try:
            return governance.in_words(self.node, number)
        except (
            governance.ProposalUnknown,
            ChainUnavailable,
        ):  # only who proposed it, or the chain, has the call
            return ""

    def propose(self, request: ProposalRequest, *, key: str | None = None) -> ActView:
        function, arguments = _proposal(request)
        decided = governance.propose(
            self.node, "Consortium", function, *arguments, key=key, member=_address(request.member)
        )
        return acts.view_of(self.node, decided.act)

    def policies(self) -> PolicyList:
        self.node.catch_up_if_possible()
        return PolicyList.read({"policies": [policing.as_members(one) for one in policing.states(self.node)]})

    def propose_policies(self, request: PoliciesRequest, *, key: str | None = None) -> ActView:
        """The last of the acts by which they were proposed."""
        decided = policing.propose(self.node, [name.upper() for name in request.types], key=key)
        if not decided:
            raise NothingToDecide("members have decided these policies already", field="TYPE")
        return acts.view_of(self.node, decided[-1].act)

    def vote(self, number: int, *, member: str | None = None, key: str | None = None) -> ActView:
        act = governance.approve(self.node, number, member=_address(member), key=key)
        return acts.view_of(self.node, act)

    # -- the node -------------------------------------------------------------------------------------------------

    def node_status(self) -> NodeView:
        return upkeep.status(self.node)

    def checkpoint(self) -> CheckpointView:
        return upkeep.checkpoint(self.node)

    def trust(self) -> bytes:
        return upkeep.trust(self.node)

    def verify_log(self) -> LogView:
        return upkeep.verify_log(self.node)

    def cross_check(self) -> CrossCheckView:
        return upkeep.cross_check(self.node)

    def fsck(self, request: FsckRequest) -> ExaminationView:
        return upkeep.examine(self.node, request)

    def compare(self) -> ComparisonView:
        return upkeep.compare(self.node)

    def sync(self, request: SyncRequest) -> SyncView:
        return upkeep.sync(self.node, request)

    def facts(self) -> FactsView:
        return upkeep.facts(self.node)

    def log_file(self, path: str, most: int) -> bytes:
        return OwnLog(self.node).read(path, most)

    def cosign(self, request: CosignRequest) -> CosigningView:
        return upkeep.cosign(self.node, request)

    def equivocations(self) -> EquivocationsView:
        return upkeep.equivocations(self.node)

    def compare_mirror(self, request: MirrorRequest) -> MirrorView:
        return upkeep.compare_mirror(self.node, request)

    def back_up(self, destination: Path) -> BackupView:
        return upkeep.back_up(self.node, destination)

    # -- kept documents -------------------------------------------------------------------------------------------

    def vault(self) -> VaultView:
        return kept.vault(self.node)

    def kept(self, identifier: str) -> KeptView:
        return kept.kept(self.node, digest_meant(self.node, identifier))

    def pin(self) -> VaultView:
        return kept.pin(self.node)

    def scrub(self, request: ScrubRequest) -> ScrubView:
        return kept.scrub(self.node, request)

    def fetch(self, request: FetchRequest) -> FetchView:
        return kept.fetch(self.node, request)

    def grant(self, request: GrantRequest) -> GrantView:
        return kept.grant(self.node, request)

    def erase(self, request: EraseRequest) -> ErasureView:
        return kept.erase(self.node, request)

    # -- acts -----------------------------------------------------------------------------------------------------

    def act(self, identifier: str) -> ActView:
        return acts.act_of(self.node, identifier)


def verdict_view(reports: list[Report]) -> VerdictView:
    """Reports as one answer: the first, with the others inside."""
    best, *others = [report.as_dict() for report in reports]
    return VerdictView.read({**best, "others": [{**other, "others": []} for other in others]})


def _content(request: IssueRequest | ApproveRequest, content: bytes | None) -> bytes:
    if (content is None) == (request.document is None):
        raise RequestIncomplete("give the document either in the request or as a file", field="document")
    return canonicalise(request.document) if content is None else content


def _rests(request: IssueRequest | ApproveRequest) -> issuing.Rests:
    reason = None if request.reason is None else reason_code(request.reason)
    return issuing.Rests(tuple(request.parents), reason)


def _approval_view(
    what: str, digest: bytes, doc_type: str, formation: str, given: approving.Approval
) -> ApprovalView:
    return ApprovalView.read(
        {
            "what": what,
            "digest": digest.hex(),
            "type": doc_type,
            "formation": formation,
            "approver": given.approver.hex(),
            "deadline": given.deadline,
        }
    )


def _stated(formation: str | None) -> str:
    if formation is None:
        raise RequestIncomplete("name the formation that acts", field="--as")
    return formation


def _address(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("0x"))


def _row(row: Any) -> dict[str, Any]:
    return members(dict(row._mapping))


def _proposal(request: ProposalRequest) -> tuple[str, tuple[bytes | int, ...]]:
    address = _address(request.address)
    match request.what:
        case "add" if address is not None and request.cosigning_key:
            return "addMember", (address, bytes.fromhex(request.cosigning_key))
        case "remove" if address is not None:
            return "removeMember", (address,)
        case "threshold" if request.threshold is not None:
            return "setThreshold", (request.threshold,)
        case "network" if request.digest and request.version:
            return "recordNetwork", (bytes.fromhex(request.digest), request.version)
    raise RequestIncomplete(
        "propose an address to add or remove, a threshold, or a network bundle", field="what"
    )
