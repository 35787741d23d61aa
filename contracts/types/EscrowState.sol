// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Policy} from "../interfaces/IPrepaidEscrow.sol";
import {CardSlot} from "./Card.sol";
import {Offer} from "./Offer.sol";
import {Pool} from "./Pool.sol";
import {Registration} from "./Registration.sol";
import {Rights} from "./Rights.sol";
import {Timeline} from "./Timeline.sol";

/// @notice The escrow's storage: one struct, shared by the core and the libraries linked to it.
/// @dev A record that fits one slot is one word, read once, passed by value, and written once.
struct EscrowState {
    uint32 policyCount;
    uint32 merchantCount;
    uint32 programCount;
    mapping(uint256 policyId => Policy) policies;
    mapping(uint256 merchantId => Merchant) merchants;
    mapping(uint256 programId => Program) programs;
    mapping(bytes32 cardId => CardSlot) cards;
    mapping(address account => bool) isVault;
    mapping(bytes32 cardId => Dispute) disputes;
    mapping(bytes32 cardId => Move) moves;
    mapping(address holder => Recovery) recoveries;
}

/// @title Place of the escrow's state
library EscrowStorage {
    /// @dev Above the few slots that the escrow's OpenZeppelin bases use, and one byte wide, which keeps every access short.
    uint256 private constant SLOT = 0x10;

    /// @notice The state of the escrow this code runs in.
    function state() internal pure returns (EscrowState storage self) {
        assembly ("memory-safe") {
            self.slot := SLOT
        }
    }
}

/// @notice A merchant.
/// @param payout Receives released money until `payoutChangesAt`, then `nextPayout` does.
/// @param exposures The last `HolderExposure` of each holder.
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
    // slot 7
    Complaints complaints;
    mapping(address account => bool) operators;
    mapping(address holder => Exposed) exposures;
}

/// @notice Open complaints against a merchant, and whether the warning about them is up.
/// @param value Sum of what remained of their cards when they were opened, in token base units.
/// @param outstanding The least outstanding balance seen since the warning is up; zero while the warning is down.
struct Complaints {
    uint120 value;
    uint32 count;
    bool raised;
    uint96 outstanding;
}

/// @notice A holder's last `HolderExposure`.
/// @param principal What was reported, in token base units.
/// @param repeatableFrom From when it can be reported again without being higher.
struct Exposed {
    uint224 principal;
    uint32 repeatableFrom;
}

/// @notice A program, in two slots: a sale reads the first, leaving reads both.
struct Program {
    Offer offer;
    Rights rights;
}

/* A card's flags refer to the records below. Without the flag a record means nothing, `complaintFrom` excepted. */

/// @notice A dispute about a card. The association can rule in [rulingFrom, rulingUntil).
/// @param value What remained of the card when a complaint was opened, in token base units.
/// @param complaintFrom From when the holder may complain again after a complaint that ended without success.
struct Dispute {
    uint96 value;
    uint32 rulingFrom;
    uint32 rulingUntil;
    uint32 complaintFrom;
}

/// @notice A request to move a card.
/// @param asRecovery Zero if the holder made the request, else the naming under which a recovery address made it.
struct Move {
    address to;
    uint32 requestedAt;
    uint32 notBefore;
    uint32 asRecovery;
}

/// @notice The account a holder named to move cards if the key is lost.
/// @param naming How often the holder has named one. A request ends with the naming it was made under.
struct Recovery {
    address account;
    uint32 naming;
}
