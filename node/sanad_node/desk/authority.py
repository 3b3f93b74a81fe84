"""The desk's formations, keys, members and policies."""

from dataclasses import dataclass
from typing import Any

from sanad_node import (
    blinding,
    custody,
    governance,
    policing,
    types,
)
from sanad_node.desk import acts
from sanad_node.desk.asked import NothingToDecide, RequestIncomplete, address_of
from sanad_node.engines.base import ChainUnavailable
from sanad_node.node import Node
from sanad_node.reading import FormationRecord
from sanad_node.shown import members
from sanad_node.standing import reason_code
from sanad_node.successions import Successions
from sanad_node.wire import (
    ActView,
    CloseRequest,
    CompromisedRequest,
    FormationRequest,
    FormationView,
    KeyRequest,
    MembersView,
    PoliciesRequest,
    PolicyList,
    ProposalRequest,
    RotateRequest,
    ScopeRequest,
    SuspendRequest,
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What every formation's view is made with."""

    held: frozenset[bytes]
    successions: Successions
    codes: dict[int, str]


class AuthorityDesk:
    """What `Desk` says of who may act."""

    node: Node

    def formations(self) -> list[FormationView]:
        self.node.catch_up_if_possible()
        known = self._known()
        return [self._formation(one, known) for one in self.node.reader.formations()]

    def formation(self, code: str, *, field: str = "formation") -> FormationView:
        """One of them; `UnknownFormation`, naming `field`, if there is none."""
        self.node.catch_up_if_possible()
        return self._formation(self.node.reader.formation(code, field=field), self._known())

    def _known(self) -> _Known:
        reader = self.node.reader
        return _Known(
            frozenset(self.node.keyring.addresses()), reader.successions(), reader.formation_codes()
        )

    def _formation(self, formation: FormationRecord, known: _Known) -> FormationView:
        reader = self.node.reader
        places = known.successions.places_of(formation.number, int(self.node.clock())) - {formation.number}
        after = [one.successor for one in known.successions.steps if one.predecessor == formation.number]
        keys = [
            {**members(key), "heldHere": key.address in known.held}
            for key in reader.keys_of(formation.number)
        ]
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
        return FormationView.read(
            {
                **members(formation),
                "tookOver": [known.codes[one] for one in sorted(places)],
                "successors": [known.codes[one] for one in sorted(after)],
                "lastIssuedAt": reader.newest_issue(formation.number),
                "keys": keys,
                "scopes": scopes,
            }
        )

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
        address = address_of(request.address) or self.node.keyring.create()
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
        _, decided = governance.rotate_key(self.node, code, old=address_of(request.old), at=at, key=key)
        return acts.view_of(self.node, decided[-1].act)

    def set_scope(self, code: str, request: ScopeRequest, *, key: str | None = None) -> ActView:
        if request.type.upper() not in custody.SCOPES:
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
        address = address_of(request.key)
        act = (
            governance.suspend_formation(self.node, code, reason, key=key)
            if address is None
            else governance.suspend_key(self.node, address, reason, key=key)
        )
        return acts.view_of(self.node, act)

    def reinstate(self, code: str, request: SuspendRequest, *, key: str | None = None) -> ActView:
        reason = reason_code(request.reason)
        self.node.catch_up()
        address = address_of(request.key)
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
        wanted = address_of(address)
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
            self.node, "Consortium", function, *arguments, key=key, member=address_of(request.member)
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
        act = governance.approve(self.node, number, member=address_of(member), key=key)
        return acts.view_of(self.node, act)


def _row(row: Any) -> dict[str, Any]:
    return members(dict(row._mapping))


def _proposal(request: ProposalRequest) -> tuple[str, tuple[bytes | int, ...]]:
    address = address_of(request.address)
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
