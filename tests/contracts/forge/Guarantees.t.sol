// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IFormations} from "../../../contracts/interfaces/IFormations.sol";
import {ILedger} from "../../../contracts/interfaces/ILedger.sol";
import {Network} from "./support/Network.sol";
import {Reference} from "./support/Reference.sol";
import {Vm} from "./support/Vm.sol";

/// @notice Five offices and three members that try anything at random. Beside the contracts it keeps, in the plainest form, what ought to be true.
contract Handler is Network {
    uint32 public constant OFFICES = 5;
    uint256 private constant BOXES = 3;

    struct Office {
        bool suspended;
        bool keySuspended;
        bool compromised;
        uint64 keyEnd;
        uint64 acts;
    }

    struct Box {
        bool known;
        uint32 holder;
        uint32 taker;
        uint32 sequence;
        uint32 holds;
    }

    mapping(uint32 formation => Office) private _offices;
    mapping(uint256 box => Box) private _boxes;
    mapping(uint256 box => mapping(uint32 formation => bool)) private _heldBy;
    bytes[] private _used; // relayed calls that were accepted once
    bytes32[] private _leaves;
    uint256[] private _sizes;
    bytes32[] private _roots;

    string public broken; // the first guarantee seen broken
    uint256 public accepted;
    uint256 public refused;

    constructor() {
        setUp();
    }

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
        for (uint8 i = 0; i < OFFICES; ++i) {
            uint32 formation = addOffice(bytes32(bytes.concat("OFFICE-", bytes1(0x41 + i))));
            _offices[formation].acts = ALL_ACTS;
        }
        collect();
    }

    // ---- what the members do

    function suspendKey(uint8 who, uint8 member) external {
        uint32 formation = pick(who);
        vm.prank([ana, bilal, chen][member % 3]);
        try formations.suspendKey(keyOf(formation), REASON) {
            check(!_offices[formation].keySuspended, "suspended twice");
            _offices[formation].keySuspended = true;
        } catch {
            check(_offices[formation].keySuspended, "a member could not suspend a key");
        }
        collect();
    }

    function suspendFormation(uint8 who, uint8 member) external {
        uint32 formation = pick(who);
        vm.prank([ana, bilal, chen][member % 3]);
        try formations.suspendFormation(formation, REASON) {
            _offices[formation].suspended = true;
        } catch {
            check(_offices[formation].suspended, "a member could not suspend a formation");
        }
        collect();
    }

    function reinstate(uint8 who) external {
        uint32 formation = pick(who);
        if (_offices[formation].suspended) {
            decide(address(formations), abi.encodeCall(IFormations.reinstateFormation, (formation, REASON)));
            _offices[formation].suspended = false;
        }
        if (_offices[formation].keySuspended) {
            decide(address(formations), abi.encodeCall(IFormations.reinstateKey, (keyOf(formation), REASON)));
            _offices[formation].keySuspended = false;
        }
        collect();
    }

    function compromise(uint8 who, uint8 chance) external {
        uint32 formation = pick(who);
        if (chance > 24 || _offices[formation].compromised) return; // seldom, or nobody is left to act
        decide(
            address(formations),
            abi.encodeCall(IFormations.declareCompromised, (keyOf(formation), uint64(block.timestamp)))
        );
        _offices[formation].compromised = true;
        collect();
    }

    function closeKey(uint8 who, uint8 chance) external {
        uint32 formation = pick(who);
        if (chance > 24 || _offices[formation].keyEnd != 0) return;
        uint64 end = uint64(block.timestamp) + 1 hours;
        decide(address(formations), abi.encodeCall(IFormations.closeKey, (keyOf(formation), end)));
        _offices[formation].keyEnd = end;
        collect();
    }

    function changeScope(uint8 who, uint64 acts) external {
        uint32 formation = pick(who);
        acts = (acts | (acts >> 32)) & ALL_ACTS;
        setScope(formation, CARGO, acts, 0, 0);
        setScope(formation, GD, acts, 0, 0);
        _offices[formation].acts = acts;
        collect();
    }

    function pass(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    // ---- what the offices do

    function issue(uint8 who, bytes32 digest) external {
        uint32 formation = pick(who);
        vm.prank(keyOf(formation));
        (bool succeeded,) =
            address(ledger).call(abi.encodeCall(ILedger.issue, (GD, digest | bytes32(uint256(1)), digest, digest)));
        judged(succeeded, formation, 1, true);
    }

    function issueMany(uint8 who, uint8 count) external {
        uint32 formation = pick(who);
        ILedger.Document[] memory documents = new ILedger.Document[](1 + count % 20);
        for (uint256 i = 0; i < documents.length; ++i) {
            documents[i].digest = keccak256(abi.encode(count, i));
        }
        vm.prank(keyOf(formation));
        (bool succeeded,) = address(ledger).call(abi.encodeCall(ILedger.issueMany, (GD, documents)));
        judged(succeeded, formation, 1, true);
    }

    function strangerActs(uint160 caller, uint8 which) external {
        address from = address(caller);
        if (formations.keyOf(from).formation != 0) return;
        bytes[4] memory calls = [
            abi.encodeCall(ILedger.issue, (GD, bytes32(uint256(1)), 0, 0)),
            abi.encodeCall(ILedger.issueBatch, (GD, bytes32(uint256(1)), 1, 0)),
            abi.encodeCall(ILedger.revoke, (GD, bytes32(uint256(1)), 1, REASON)),
            abi.encodeCall(ILedger.append, (1, 2, GD, 0, 0, 0))
        ];
        if (ledger.isAppender(from)) return;
        vm.prank(from);
        (bool succeeded,) = address(ledger).call(calls[which % 4]);
        check(!succeeded, "a stranger acted");
    }

    function registerBox(uint8 who, uint8 which) external {
        (uint32 formation, uint256 number) = (pick(who), which % BOXES);
        Box storage box = _boxes[number];
        vm.prank(keyOf(formation));
        (bool succeeded,) =
            address(custody).call(abi.encodeCall(ICustody.register, (id(number), CARGO, terms(0, 1), 0)));
        judged(succeeded, formation, 16, !box.known);
        if (succeeded) (box.known, box.holder) = (true, formation);
    }

    function ship(uint8 who, uint8 to, uint8 which) external {
        (uint32 formation, uint32 taker, uint256 number) = (pick(who), pick(to), which % BOXES);
        Box storage box = _boxes[number];
        vm.prank(keyOf(formation));
        (bool succeeded,) = address(custody).call(abi.encodeCall(ICustody.ship, (id(number), terms(taker, 1), 0)));
        judged(succeeded, formation, 17, ships(box, formation, taker));
        if (succeeded) (box.taker, box.sequence) = (taker, box.sequence + 1);
    }

    function take(uint8 who, uint8 which, bool refuse) external {
        (uint32 formation, uint256 number) = (pick(who), which % BOXES);
        Box storage box = _boxes[number];
        bytes memory callData = refuse
            ? abi.encodeCall(ICustody.refuseCustody, (id(number), terms(formation, 1), 0))
            : abi.encodeCall(ICustody.receiveCustody, (id(number), terms(formation, 1), 0));
        vm.prank(keyOf(formation));
        (bool succeeded,) = address(custody).call(callData);
        judged(succeeded, formation, 18, box.known && box.taker == formation);
        if (succeeded) taken(box, formation, refuse);
    }

    function relayTake(uint8 who, uint8 which, bool refuse, uint8 behind) external {
        (uint32 formation, uint256 number) = (pick(who), which % BOXES);
        Box storage box = _boxes[number];
        uint32 sequence = box.sequence >= behind % 3 ? box.sequence - behind % 3 : 0;
        uint64 deadline = uint64(block.timestamp) + 1 days;
        bytes memory signature = sign(
            formation,
            relayDigest(refuse ? "Refuse" : "Receive", id(number), sequence, terms(formation, 1), 0, deadline)
        );
        bytes memory callData = refuse
            ? abi.encodeCall(ICustody.refuseFor, (id(number), sequence, terms(formation, 1), 0, deadline, signature))
            : abi.encodeCall(ICustody.receiveFor, (id(number), sequence, terms(formation, 1), 0, deadline, signature));
        (bool succeeded,) = address(custody).call(callData);
        judged(succeeded, formation, 18, box.known && box.taker == formation && sequence == box.sequence);
        if (succeeded) {
            taken(box, formation, refuse);
            _used.push(callData);
        }
    }

    function handOver(uint8 who, uint8 to, uint8 which) external {
        (uint32 formation, uint32 taker, uint256 number) = (pick(who), pick(to), which % BOXES);
        Box storage box = _boxes[number];
        uint64 deadline = uint64(block.timestamp) + 1 days;
        bytes memory signature =
            sign(taker, relayDigest("HandOver", id(number), box.sequence, terms(taker, 1), 0, deadline));
        bytes memory callData =
            abi.encodeCall(ICustody.handOver, (id(number), box.sequence, terms(taker, 1), 0, deadline, signature));
        vm.prank(keyOf(formation));
        (bool succeeded,) = address(custody).call(callData);
        judged(succeeded, formation, 17, ships(box, formation, taker) && maydo(taker, 18));
        if (succeeded) {
            (box.holder, box.sequence) = (taker, box.sequence + 2);
            _used.push(callData);
        }
    }

    function replay(uint256 which, uint8 who) external {
        if (_used.length == 0) return;
        vm.prank(keyOf(pick(who)));
        (bool succeeded,) = address(custody).call(_used[which % _used.length]);
        check(!succeeded, "a signature worked twice");
    }

    function recall(uint8 who, uint8 which) external {
        (uint32 formation, uint256 number) = (pick(who), which % BOXES);
        Box storage box = _boxes[number];
        vm.prank(keyOf(formation));
        (bool succeeded,) = address(custody).call(abi.encodeCall(ICustody.recall, (id(number), REASON)));
        judged(succeeded, formation, 17, box.known && box.holder == formation && box.taker != 0);
        if (succeeded) (box.taker, box.sequence) = (0, box.sequence + 1);
    }

    function holdOrLift(uint8 who, uint8 which, bool lift) external {
        (uint32 formation, uint256 number) = (pick(who), which % BOXES);
        Box storage box = _boxes[number];
        vm.prank(keyOf(formation));
        (bool succeeded,) = address(custody)
            .call(
                lift
                    ? abi.encodeCall(ICustody.lift, (id(number), formation, REASON))
                    : abi.encodeCall(ICustody.hold, (id(number), REASON))
            );
        judged(succeeded, formation, 20, box.known && _heldBy[number][formation] == lift);
        if (!succeeded) return;
        _heldBy[number][formation] = !lift;
        box.holds = lift ? box.holds - 1 : box.holds + 1;
    }

    // ---- what ought to be true

    function logIsTheWholeHistory() external view returns (bool) {
        return ledger.size() == _leaves.length && ledger.root() == Reference.root(_leaves);
    }

    /// @dev Every root ever seen is still the root of that many first entries: nothing was removed or changed.
    function oldRootsStand() external view returns (bool) {
        uint256 step = 1 + _sizes.length / 8;
        for (uint256 i = 0; i < _sizes.length; i += step) {
            if (_sizes[i] > _leaves.length || Reference.root(_leaves, 0, _sizes[i]) != _roots[i]) return false;
        }
        return true;
    }

    function custodyIsAsExpected() external view returns (bool) {
        for (uint256 number = 0; number < BOXES; ++number) {
            Box storage box = _boxes[number];
            ICustody.Consignment memory seen = custody.consignmentOf(id(number));
            if (seen.holder != box.holder || seen.taker != box.taker || seen.sequence != box.sequence) return false;
            if (seen.holds != box.holds || (seen.state == ICustody.State.NONE) != !box.known) return false;
        }
        return true;
    }

    function maydo(uint32 formation, uint256 kind) private view returns (bool) {
        Office storage office = _offices[formation];
        return !office.suspended && !office.keySuspended && !office.compromised
            && (office.keyEnd == 0 || block.timestamp < office.keyEnd) && (office.acts >> kind) & 1 == 1;
    }

    function ships(Box storage box, uint32 formation, uint32 taker) private view returns (bool) {
        return box.known && box.holder == formation && box.taker == 0 && box.holds == 0 && taker != formation;
    }

    function taken(Box storage box, uint32 formation, bool refuse) private {
        if (!refuse) box.holder = formation;
        (box.taker, box.sequence) = (0, box.sequence + 1);
    }

    /// @dev An act must succeed exactly if its formation may do it and the rules allow it.
    function judged(bool succeeded, uint32 formation, uint256 kind, bool allowed) private {
        check(!succeeded || maydo(formation, kind), "somebody acted without authority");
        check(!succeeded || allowed, "a rule was broken");
        check(succeeded || !maydo(formation, kind) || !allowed, "a good act was refused");
        if (succeeded) ++accepted;
        else ++refused;
        collect();
    }

    function check(bool truth, string memory guarantee) private {
        if (!truth && bytes(broken).length == 0) broken = guarantee;
    }

    /// @dev Reads the ledger's events as an indexer would.
    function collect() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(ledger)) continue;
            check(uint256(logs[i].topics[1]) == _leaves.length, "an index is missing or repeated");
            if (logs[i].topics[0] == ILedger.Appended.selector) {
                _leaves.push(Reference.leafHash(logs[i].data));
            } else {
                bytes memory entries = abi.decode(logs[i].data, (bytes));
                for (uint256 at = 0; at < entries.length; at += 224) {
                    bytes memory entry = new bytes(224);
                    for (uint256 j = 0; j < 224; ++j) {
                        entry[j] = entries[at + j];
                    }
                    _leaves.push(Reference.leafHash(entry));
                }
            }
        }
        if (logs.length != 0) {
            _sizes.push(ledger.size());
            _roots.push(ledger.root());
        }
    }

    function pick(uint8 who) private pure returns (uint32) {
        return 1 + who % OFFICES;
    }

    function id(uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode("box", number));
    }
}

/// @notice The guarantees of docs/guarantees.md, after any sequence of acts by anybody.
contract GuaranteesTest {
    Handler private handler;

    function setUp() public {
        handler = new Handler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev `setUp` and `create` of the handler are no acts.
    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0].addr = address(handler);
        excluded[0].selectors = new bytes4[](2);
        (excluded[0].selectors[0], excluded[0].selectors[1]) =
        (Handler.setUp.selector, bytes4(keccak256("create(bytes)")));
    }

    function invariant_the_log_is_the_whole_history() external view {
        require(handler.logIsTheWholeHistory(), "the root is not that of all entries");
    }

    function invariant_nothing_is_ever_removed_or_changed() external view {
        require(handler.oldRootsStand(), "an old root does not stand");
    }

    function invariant_custody_has_one_holder_and_never_forks() external view {
        require(handler.custodyIsAsExpected(), "custody is not where it was last put");
    }

    function invariant_nobody_acts_beyond_authority_and_no_rule_is_broken() external view {
        require(bytes(handler.broken()).length == 0, handler.broken());
    }
}
