// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CardStatus, MerchantStatus, Policy, ProgramKind} from "../interfaces/IPrepaidEscrow.sol";
import {Word} from "./Word.sol";

/* STORAGE: one struct, shared by the core and the libraries linked to it.
   A record that fits one slot is one word: it is read once, passed by value, and written once. */

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

/// @title Where the state lies
library EscrowStorage {
    /// @dev Clear of the few slots the escrow's OpenZeppelin bases use, and of one byte, which keeps every access short.
    uint256 private constant SLOT = 0x10;

    /// @notice The state of the escrow this code runs in.
    function state() internal pure returns (EscrowState storage self) {
        assembly ("memory-safe") {
            self.slot := SLOT
        }
    }
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
    // slot 7
    Complaints complaints;
    mapping(address account => bool) operators;
    mapping(address holder => uint256) highestExposure;
}

/// @notice Open complaints against a merchant, and whether the warning about them is up.
/// @dev `value`: what remained of their cards when they were opened, in token base units. `outstanding`: the least it was held
/// against since the warning is up; zero while it is down.
struct Complaints {
    uint120 value;
    uint32 count;
    bool raised;
    uint96 outstanding;
}

struct Program {
    Offer offer;
    Rights rights;
}

/* POOL */

/// @notice A merchant's money, and what every sale and settlement must know of it:
/// outstanding (96 bits) | balance (96) | outstandingCap (48, whole tokens) | status (8) | capLevel (8).
type Pool is uint256;

using Pools for Pool global;

library Pools {
    function outstanding(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), 0, 96);
    }

    function balance(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), 96, 96);
    }

    /// @dev Whole tokens; zero for none.
    function outstandingCap(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), 192, 48);
    }

    function status(Pool self) internal pure returns (MerchantStatus) {
        return MerchantStatus(Word.get(Pool.unwrap(self), 240, 8));
    }

    /// @dev The `OutstandingCap` warning, see `CapWarning`; zero when it is down.
    function capLevel(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), 248, 8);
    }

    function withOutstanding(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), 0, 96, value));
    }

    function withBalance(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), 96, 96, value));
    }

    function withOutstandingCap(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), 192, 48, value));
    }

    function withStatus(Pool self, MerchantStatus value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), 240, 8, uint256(value)));
    }

    function withCapLevel(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), 248, 8, value));
    }
}

/* REGISTRATION */

/// @notice What a merchant is registered under: token (160 bits) | policyId (32) | tokenDecimals (8).
type Registration is uint256;

using Registrations for Registration global;

library Registrations {
    function pack(address token_, uint256 policyId_, uint256 tokenDecimals_) internal pure returns (Registration) {
        uint256 word = Word.set(uint160(token_), 160, 32, policyId_);
        return Registration.wrap(Word.set(word, 192, 8, tokenDecimals_));
    }

    function token(Registration self) internal pure returns (address) {
        return address(uint160(Registration.unwrap(self)));
    }

    function policyId(Registration self) internal pure returns (uint32) {
        return uint32(Word.get(Registration.unwrap(self), 160, 32));
    }

    function tokenDecimals(Registration self) internal pure returns (uint256) {
        return Word.get(Registration.unwrap(self), 192, 8);
    }
}

/* TIMELINE */

/// @notice The dates of supervision; every end is written when the act happens:
/// suspendedUntil (32 bits) | lastServiceAt (32) | noticeEndsAt (32) | serviceStoppedAt (32) | windowEndsAt (32) |
/// withdrawnAt (32) | pausedFor (24) | finalSettlement (24) | restored (8).
/// @dev Never zero once the merchant is registered, which keeps a flag cheap.
type Timeline is uint256;

using Timelines for Timeline global;

library Timelines {
    function suspendedUntil(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 0, 32);
    }

    function lastServiceAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 32, 32);
    }

    function noticeEndsAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 64, 32);
    }

    function serviceStoppedAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 96, 32);
    }

    function windowEndsAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 128, 32);
    }

    /// @dev When the first flag was withdrawn; zero if it was not. A flag after that stands.
    function withdrawnAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 160, 32);
    }

    /// @dev Seconds the withdrawn flag was up: they count towards no lapse.
    function pausedFor(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 192, 24);
    }

    /// @dev Seconds of the window after a flag, of the merchant's policy; fixed while a flag is up.
    function finalSettlement(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), 216, 24);
    }

    /// @dev What the withdrawal of a flag makes of the merchant.
    function restored(Timeline self) internal pure returns (MerchantStatus) {
        return MerchantStatus(Word.get(Timeline.unwrap(self), 240, 8));
    }

    /// @dev When the flag that is up was raised.
    function flaggedAt(Timeline self) internal pure returns (uint256) {
        return self.windowEndsAt() - self.finalSettlement();
    }

    function withSuspendedUntil(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 0, 32, value));
    }

    function withLastServiceAt(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 32, 32, value));
    }

    function withNoticeEndsAt(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 64, 32, value));
    }

    /// @dev Two fields that lie side by side, written as one.
    function withFlag(Timeline self, uint32 serviceStoppedAt_, uint256 windowEndsAt_) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 96, 64, (windowEndsAt_ << 32) | serviceStoppedAt_));
    }

    function withWithdrawnAt(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 160, 32, value));
    }

    function withPausedFor(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 192, 24, value));
    }

    function withFinalSettlement(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 216, 24, value));
    }

    function withRestored(Timeline self, MerchantStatus value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), 240, 8, uint256(value)));
    }
}

/* OFFER AND RIGHTS: the two slots of a program */

/// @notice What every sale and settlement must know of a program:
/// price (88 bits) | units (88) | merchantId (32) | policyId (32) | kind (8) | flags (8).
/// @dev A stored-value card of any amount has no price and no units; its card limit stands where the price would, so that a
/// sale reads one slot.
type Offer is uint256;

using Offers for Offer global;

library Offers {
    uint256 internal constant RETIRED = 1 << 0;
    uint256 internal constant BEARER = 1 << 1;
    uint256 internal constant UNILATERAL_EXIT = 1 << 2;
    uint256 internal constant COOLING_OFF_REQUIRES_UNUSED = 1 << 3;
    uint256 internal constant REJECT_OVER_LIMIT = 1 << 4;
    uint256 internal constant REJECT_OVER_CAP = 1 << 5;
    /// @dev The price passes the card limit: only then is `Rights` read at a sale.
    uint256 internal constant OVER_LIMIT = 1 << 6;

    function pack(
        uint256 priceOrOpenLimit_,
        uint256 units_,
        uint256 merchantId_,
        uint256 policyId_,
        ProgramKind kind_,
        uint256 flags
    ) internal pure returns (Offer) {
        uint256 word = Word.set(Word.set(0, 0, 88, priceOrOpenLimit_), 88, 88, units_);
        word = Word.set(Word.set(word, 176, 32, merchantId_), 208, 32, policyId_);
        return Offer.wrap(Word.set(Word.set(word, 240, 8, uint256(kind_)), 248, 8, flags));
    }

    /// @dev The price; of a stored-value card of any amount its card limit, zero for none.
    function priceOrOpenLimit(Offer self) internal pure returns (uint256) {
        return Word.get(Offer.unwrap(self), 0, 88);
    }

    /// @dev Face of a card; zero for a stored-value card of any amount.
    function units(Offer self) internal pure returns (uint256) {
        return Word.get(Offer.unwrap(self), 88, 88);
    }

    function merchantId(Offer self) internal pure returns (uint32) {
        return uint32(Word.get(Offer.unwrap(self), 176, 32));
    }

    function policyId(Offer self) internal pure returns (uint32) {
        return uint32(Word.get(Offer.unwrap(self), 208, 32));
    }

    function kind(Offer self) internal pure returns (ProgramKind) {
        return ProgramKind(Word.get(Offer.unwrap(self), 240, 8));
    }

    /// @dev Consumed by time.
    function isPass(Offer self) internal pure returns (bool) {
        return Word.get(Offer.unwrap(self), 240, 8) == uint256(ProgramKind.Pass);
    }

    /// @param flag One of the constants above.
    function has(Offer self, uint256 flag) internal pure returns (bool) {
        return Word.get(Offer.unwrap(self), 248, 8) & flag != 0;
    }

    function retire(Offer self) internal pure returns (Offer) {
        return Offer.wrap(Offer.unwrap(self) | (RETIRED << 248));
    }
}

/// @notice The rights of a program's cards, copied from its policy:
/// listPrice (88 bits) | cardLimit (88) | exitDelay (24) | coolingOff (24) | accrualDelay (24).
type Rights is uint256;

using RightsOf for Rights global;

library RightsOf {
    function pack(
        uint256 listPrice_,
        uint256 cardLimit_,
        uint256 exitDelay_,
        uint256 coolingOff_,
        uint256 accrualDelay_
    ) internal pure returns (Rights) {
        uint256 word = Word.set(Word.set(0, 0, 88, listPrice_), 88, 88, cardLimit_);
        word = Word.set(Word.set(word, 176, 24, exitDelay_), 200, 24, coolingOff_);
        return Rights.wrap(Word.set(word, 224, 24, accrualDelay_));
    }

    function listPrice(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), 0, 88);
    }

    /// @dev Principal above which a card is over its limit; zero for none.
    function cardLimit(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), 88, 88);
    }

    function exitDelay(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), 176, 24);
    }

    function coolingOff(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), 200, 24);
    }

    function accrualDelay(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), 224, 24);
    }
}

/* CARD */

/// @dev A slot to be found once and then read and written: finding it costs a hash.
struct CardSlot {
    Card card;
}

/// @notice A card:
/// principal (88 bits) | consumed (88) | openedAt (32) | exitRequestedAt (32) | status (2) | flags (6) | nonce (8).
type Card is uint256;

using Cards for Card global;

library Cards {
    /// @dev A dispute is open: about the request to leave if there is one, else a complaint.
    uint256 internal constant DISPUTED = 1 << 242;
    /// @dev An exit was contested and dismissed: the merchant cannot contest another.
    uint256 internal constant CONTEST_DISMISSED = 1 << 243;
    /// @dev A move is pending, if it has not lapsed.
    uint256 internal constant MOVING = 1 << 244;

    function open(uint256 principal_, uint256 openedAt_) internal pure returns (Card) {
        uint256 word = Word.set(Word.set(0, 0, 88, principal_), 176, 32, openedAt_);
        return Card.wrap(Word.set(word, 240, 8, uint256(CardStatus.Open)));
    }

    function principal(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), 0, 88);
    }

    function consumed(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), 88, 88);
    }

    function openedAt(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), 176, 32);
    }

    function exitRequestedAt(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), 208, 32);
    }

    function status(Card self) internal pure returns (CardStatus) {
        return CardStatus(Word.get(Card.unwrap(self), 240, 2));
    }

    function isOpen(Card self) internal pure returns (bool) {
        return Word.get(Card.unwrap(self), 240, 2) == uint256(CardStatus.Open);
    }

    /// @dev Open, and nothing else is to be said of it: no dispute, past or present, and no move.
    function isPlainlyOpen(Card self) internal pure returns (bool) {
        return Word.get(Card.unwrap(self), 240, 8) == uint256(CardStatus.Open);
    }

    /// @param flag One of the constants above.
    function has(Card self, uint256 flag) internal pure returns (bool) {
        return Card.unwrap(self) & flag != 0;
    }

    /// @dev A dispute is open that the holder began.
    function hasComplaint(Card self) internal pure returns (bool) {
        return self.has(DISPUTED) && self.exitRequestedAt() == 0;
    }

    function nonce(Card self) internal pure returns (uint8) {
        return uint8(Word.get(Card.unwrap(self), 248, 8));
    }

    function withConsumed(Card self, uint256 value) internal pure returns (Card) {
        return Card.wrap(Word.set(Card.unwrap(self), 88, 88, value));
    }

    function closed(Card self) internal pure returns (Card) {
        return Card.wrap(Word.set(Card.unwrap(self), 240, 8, uint256(CardStatus.Closed)));
    }

    function withExitRequestedAt(Card self, uint256 value) internal pure returns (Card) {
        return Card.wrap(Word.set(Card.unwrap(self), 208, 32, value));
    }

    /// @param flags One or more of the constants above.
    function with(Card self, uint256 flags) internal pure returns (Card) {
        return Card.wrap(Card.unwrap(self) | flags);
    }

    /// @param flags One or more of the constants above.
    function without(Card self, uint256 flags) internal pure returns (Card) {
        return Card.wrap(Card.unwrap(self) & ~flags);
    }

    /// @dev Wraps by design: a signed request lives 30 days, and is good for the nonce it names.
    function withNextNonce(Card self) internal pure returns (Card) {
        unchecked {
            // The nonce is the topmost byte: what it carries beyond is lost.
            return Card.wrap(Card.unwrap(self) + (1 << 248));
        }
    }
}

/* DISPUTES AND MOVES: what a card's flags refer to; without its flag a record means nothing, `complaintFrom` excepted */

/// @notice A dispute about a card.
/// @dev `value`: what remained of the card when a complaint was opened, in token base units. The association rules in
/// [rulingFrom, rulingUntil). `complaintFrom`: when the holder may complain again, after a complaint was dismissed.
struct Dispute {
    uint96 value;
    uint32 rulingFrom;
    uint32 rulingUntil;
    uint32 complaintFrom;
}

/// @notice A request to move a card.
/// @dev `asRecovery`: zero if the holder made it, else the naming under which a recovery address did.
struct Move {
    address to;
    uint32 requestedAt;
    uint32 notBefore;
    uint32 asRecovery;
}

/// @notice The account a holder named to move cards should the key be lost.
/// @dev `naming` counts the times a holder has named one: a request lives no longer than the naming it was made under.
struct Recovery {
    address account;
    uint32 naming;
}
