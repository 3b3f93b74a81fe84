// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Codes of the acts an entry may record (docs/spec/entry.md)
library Kinds {
    uint256 internal constant ISSUE = 1;
    uint256 internal constant ISSUE_BATCH = 2;
    uint256 internal constant SUSPEND = 3;
    uint256 internal constant REINSTATE = 4;
    uint256 internal constant SUPERSEDE = 5;
    uint256 internal constant REVOKE = 6;
    uint256 internal constant ENTER = 7;
    uint256 internal constant PARENT = 8;
    uint256 internal constant CONSUME = 9;
    uint256 internal constant WITHDRAW = 10;
    uint256 internal constant OPEN = 11;
    uint256 internal constant DRAW = 12;
    uint256 internal constant RETURN = 13;
    uint256 internal constant RELEASE = 14;
    uint256 internal constant AMEND = 15;

    uint256 internal constant REGISTER = 16;
    uint256 internal constant SHIP = 17;
    uint256 internal constant RECEIVE = 18;
    uint256 internal constant REFUSE = 19;
    uint256 internal constant HOLD = 20;
    uint256 internal constant LIFT = 21;
    uint256 internal constant RECALL = 22;
    uint256 internal constant OBSERVE = 23;
    uint256 internal constant OBSERVE_BATCH = 24;
    uint256 internal constant DEVICE = 25;
    uint256 internal constant DEVICE_CLOSED = 26;
    uint256 internal constant ERROR_DECLARED = 27;

    uint256 internal constant FORMATION = 32;
    uint256 internal constant FORMATION_SUSPENDED = 33;
    uint256 internal constant FORMATION_REINSTATED = 34;
    uint256 internal constant FORMATION_CLOSED = 35;
    uint256 internal constant KEY = 36;
    uint256 internal constant KEY_SUSPENDED = 37;
    uint256 internal constant KEY_REINSTATED = 38;
    uint256 internal constant KEY_COMPROMISED = 39;
    uint256 internal constant KEY_CLOSED = 40;
    uint256 internal constant SCOPE = 41;
    uint256 internal constant POLICY = 42;
    uint256 internal constant POLICY_PARENT = 43;
    uint256 internal constant SUCCESSION = 44;
    uint256 internal constant STAGE = 45;

    uint256 internal constant MEMBER = 48;
    uint256 internal constant MEMBER_REMOVED = 49;
    uint256 internal constant THRESHOLD = 50;
    uint256 internal constant PROPOSED = 51;
    uint256 internal constant APPROVED = 52;
    uint256 internal constant EXECUTED = 53;
    uint256 internal constant CONTRACT = 54;
    uint256 internal constant COSIGNING_KEY = 55;
    uint256 internal constant NETWORK = 56;

    uint256 internal constant TITLE = 64;
    uint256 internal constant TRANSFER = 65;
    uint256 internal constant ENDORSE = 66;
    uint256 internal constant ENDORSE_TO_ORDER = 67;
    uint256 internal constant BLANK_ENDORSE = 68;
    uint256 internal constant SIGN = 69;
    uint256 internal constant HAND_BACK = 70;
    uint256 internal constant ACCEPT = 71;
    uint256 internal constant REJECT = 72;
    uint256 internal constant RETRACT = 73;
    uint256 internal constant PLEDGE = 74;
    uint256 internal constant UNPLEDGE = 75;
    uint256 internal constant SURRENDER_FOR_DELIVERY = 76;
    uint256 internal constant SURRENDER_FOR_AMENDMENT = 77;
    uint256 internal constant SACC = 78;
    uint256 internal constant SREJ = 79;
}
