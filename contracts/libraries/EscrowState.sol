// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {MerchantStatus, Policy, ProgramKind, CardStatus} from "../interfaces/IPrepaidEscrow.sol";

/* STORAGE: one struct, shared by the core and the libraries linked to it */

/// @notice A merchant's money and what every sale and settlement must know of it. One slot.
/// @param outstandingCap Whole tokens; zero for none.
/// @param capLevel The `OutstandingCap` warning: 0 down, 1 notice, 2 warning.
struct Pool {
    uint96 outstanding;
    uint96 balance;
    uint48 outstandingCap;
    MerchantStatus status;
    uint8 capLevel;
}

/// @notice What a merchant is under. One slot.
struct Registration {
    address token;
    uint32 policyId;
    uint8 tokenDecimals;
}

/// @notice The dates of supervision; every end is written when the act happens. One slot.
/// @param withdrawnAt When the first flag was withdrawn; zero if it was not. A flag after that stands.
/// @param pausedFor Seconds the withdrawn flag was up: they count towards no lapse.
/// @param restored What the withdrawal of a flag makes of the merchant. Set at registration, which keeps the slot non-zero
/// and so a flag cheap.
struct Timeline {
    uint32 suspendedUntil;
    uint32 lastServiceAt;
    uint32 noticeEndsAt;
    uint32 serviceStoppedAt;
    uint32 flaggedAt;
    uint32 windowEndsAt;
    uint32 withdrawnAt;
    uint24 pausedFor;
    MerchantStatus restored;
}

struct Merchant {
    Pool pool;
    Registration registration;
    Timeline timeline;
    // slot 3
    address payout;
    uint32 payoutChangesAt;
    // slot 4
    address nextPayout;
    // slot 5
    address owner;
    uint32 ownershipAcceptableAt;
    // slot 6
    address nextOwner;
    mapping(address account => bool) operators;
}

/// @notice What every sale and settlement must know of a program. One slot.
/// @param units Face; zero for a stored-value card of any amount.
/// @param flags See `ProgramFlags`.
struct Offer {
    uint88 price;
    uint88 units;
    uint32 merchantId;
    uint32 policyId;
    ProgramKind kind;
    uint8 flags;
}

/// @notice The rights of a program's cards, copied from its policy. One slot.
/// @param cardLimit Principal above which a card is over its limit; zero for none.
struct Rights {
    uint88 listPrice;
    uint88 cardLimit;
    uint24 exitDelay;
    uint24 coolingOff;
    uint24 accrualDelay;
}

struct Program {
    Offer offer;
    Rights rights;
}

/// @notice A card. One slot.
struct Card {
    uint88 principal;
    uint88 consumed;
    uint32 openedAt;
    uint32 exitRequestedAt;
    CardStatus status;
    uint8 nonce;
}

struct EscrowState {
    uint32 policyCount;
    uint32 merchantCount;
    uint32 programCount;
    mapping(uint256 policyId => Policy) policies;
    mapping(uint256 merchantId => Merchant) merchants;
    mapping(uint256 programId => Program) programs;
    mapping(bytes32 cardId => Card) cards;
    mapping(address account => bool) isVault;
}

/// @notice The bits of `Offer.flags`.
library ProgramFlags {
    uint8 internal constant RETIRED = 1 << 0;
    uint8 internal constant BEARER = 1 << 1;
    uint8 internal constant UNILATERAL_EXIT = 1 << 2;
    uint8 internal constant COOLING_OFF_REQUIRES_UNUSED = 1 << 3;
    uint8 internal constant REJECT_OVER_LIMIT = 1 << 4;
    uint8 internal constant REJECT_OVER_CAP = 1 << 5;
    /// @dev A sale can pass the card limit: only then is `Rights` read at a sale.
    uint8 internal constant LIMITED = 1 << 6;
}
