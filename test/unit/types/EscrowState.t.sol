// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CardStatus, MerchantStatus, ProgramKind} from "../../../contracts/interfaces/IPrepaidEscrow.sol";
import {Card, Cards} from "../../../contracts/types/Card.sol";
import {Offer, Offers} from "../../../contracts/types/Offer.sol";
import {Pool, Pools} from "../../../contracts/types/Pool.sol";
import {Registration, Registrations} from "../../../contracts/types/Registration.sol";
import {Rights, RightsOf} from "../../../contracts/types/Rights.sol";
import {Timeline, Timelines} from "../../../contracts/types/Timeline.sol";
import {Word} from "../../../contracts/types/Word.sol";

/// @dev Where a field lies, and what reads and writes it.
struct PoolField {
    uint256 offset;
    uint256 bits;
    function(Pool) internal pure returns (uint256) read;
    function(Pool, uint256) internal pure returns (Pool) write;
}

struct TimelineField {
    uint256 offset;
    uint256 bits;
    function(Timeline) internal pure returns (uint256) read;
    function(Timeline, uint256) internal pure returns (Timeline) write;
}

/// @dev What every test of a packed word asks.
abstract contract PackedWordTest {
    function _mask(uint256 offset, uint256 bits) internal pure returns (uint256) {
        return ((1 << bits) - 1) << offset;
    }

    function _requireOnly(uint256 before, uint256 written, uint256 offset, uint256 bits, uint256 value) internal pure {
        require((before ^ written) & ~_mask(offset, bits) == 0, "leaves the neighbours");
        require((written & _mask(offset, bits)) >> offset == value, "lies where the layout says");
    }

    function _requireOverflow(bytes memory reason, uint256 value, uint256 bits) internal pure {
        bytes memory expected = abi.encodeWithSelector(Word.WordFieldOverflow.selector, value, bits);
        require(keccak256(reason) == keccak256(expected), "says value and width");
    }
}

/// @title A merchant's money
contract PoolTest is PackedWordTest {
    function _fields() private pure returns (PoolField[4] memory fields) {
        fields[0] = PoolField(0, 96, Pools.outstanding, Pools.withOutstanding);
        fields[1] = PoolField(96, 96, Pools.balance, Pools.withBalance);
        fields[2] = PoolField(192, 48, Pools.outstandingCap, Pools.withOutstandingCap);
        fields[3] = PoolField(248, 8, Pools.capLevel, Pools.withCapLevel);
    }

    function write(uint256 field, uint256 word, uint256 value) external pure returns (Pool) {
        return _fields()[field].write(Pool.wrap(word), value);
    }

    function testFuzz_EveryField(uint256 word, uint256 value) external pure {
        PoolField[4] memory fields = _fields();
        for (uint256 i = 0; i < fields.length; ++i) {
            uint256 fitting = value & ((1 << fields[i].bits) - 1);
            Pool written = fields[i].write(Pool.wrap(word), fitting);
            require(fields[i].read(written) == fitting, "reads what was written");
            _requireOnly(word, Pool.unwrap(written), fields[i].offset, fields[i].bits, fitting);
        }
    }

    function testFuzz_Overflow(uint256 word, uint256 value) external view {
        PoolField[4] memory fields = _fields();
        for (uint256 i = 0; i < fields.length; ++i) {
            uint256 tooMuch = value | (1 << fields[i].bits);
            try this.write(i, word, tooMuch) {
                revert("was written");
            } catch (bytes memory reason) {
                _requireOverflow(reason, tooMuch, fields[i].bits);
            }
        }
    }

    function testFuzz_Status(uint256 word, uint8 value) external pure {
        MerchantStatus status = MerchantStatus(value % (uint8(type(MerchantStatus).max) + 1));
        Pool written = Pool.wrap(word).withStatus(status);
        require(written.status() == status, "reads what was written");
        _requireOnly(word, Pool.unwrap(written), 240, 8, uint256(status));
    }
}

/// @title What a merchant is registered under
contract RegistrationTest is PackedWordTest {
    function pack(address token, uint256 policyId, uint256 tokenDecimals) external pure returns (Registration) {
        return Registrations.pack(token, policyId, tokenDecimals);
    }

    function testFuzz_RoundTrip(address token, uint32 policyId, uint8 tokenDecimals) external pure {
        Registration registration = Registrations.pack(token, policyId, tokenDecimals);
        require(registration.token() == token, "token");
        require(registration.policyId() == policyId, "policy");
        require(registration.tokenDecimals() == tokenDecimals, "decimals");
        bytes memory packed = abi.encodePacked(bytes7(0), tokenDecimals, policyId, token);
        require(Registration.unwrap(registration) == uint256(bytes32(packed)), "lies where the layout says");
    }

    function testFuzz_Overflow(address token, uint256 value) external view {
        try this.pack(token, value | (1 << 32), 1) {
            revert("was packed");
        } catch (bytes memory reason) {
            _requireOverflow(reason, value | (1 << 32), 32);
        }
        try this.pack(token, 1, value | (1 << 8)) {
            revert("was packed");
        } catch (bytes memory reason) {
            _requireOverflow(reason, value | (1 << 8), 8);
        }
    }
}

/// @title The dates of supervision
contract TimelineTest is PackedWordTest {
    function _fields() private pure returns (TimelineField[6] memory fields) {
        fields[0] = TimelineField(0, 32, Timelines.suspendedUntil, Timelines.withSuspendedUntil);
        fields[1] = TimelineField(32, 32, Timelines.lastServiceAt, Timelines.withLastServiceAt);
        fields[2] = TimelineField(64, 32, Timelines.noticeEndsAt, Timelines.withNoticeEndsAt);
        fields[3] = TimelineField(160, 32, Timelines.withdrawnAt, Timelines.withWithdrawnAt);
        fields[4] = TimelineField(192, 24, Timelines.pausedFor, Timelines.withPausedFor);
        fields[5] = TimelineField(216, 24, Timelines.finalSettlement, Timelines.withFinalSettlement);
    }

    function write(uint256 field, uint256 word, uint256 value) external pure returns (Timeline) {
        return _fields()[field].write(Timeline.wrap(word), value);
    }

    function testFuzz_EveryField(uint256 word, uint256 value) external pure {
        TimelineField[6] memory fields = _fields();
        for (uint256 i = 0; i < fields.length; ++i) {
            uint256 fitting = value & ((1 << fields[i].bits) - 1);
            Timeline written = fields[i].write(Timeline.wrap(word), fitting);
            require(fields[i].read(written) == fitting, "reads what was written");
            _requireOnly(word, Timeline.unwrap(written), fields[i].offset, fields[i].bits, fitting);
        }
    }

    function testFuzz_Overflow(uint256 word, uint256 value) external view {
        TimelineField[6] memory fields = _fields();
        for (uint256 i = 0; i < fields.length; ++i) {
            uint256 tooMuch = value | (1 << fields[i].bits);
            try this.write(i, word, tooMuch) {
                revert("was written");
            } catch (bytes memory reason) {
                _requireOverflow(reason, tooMuch, fields[i].bits);
            }
        }
    }

    function testFuzz_Restored(uint256 word, uint8 value) external pure {
        MerchantStatus status = MerchantStatus(value % (uint8(type(MerchantStatus).max) + 1));
        Timeline written = Timeline.wrap(word).withRestored(status);
        require(written.restored() == status, "reads what was written");
        _requireOnly(word, Timeline.unwrap(written), 240, 8, uint256(status));
    }

    function flag(uint256 word, uint32 serviceStoppedAt, uint256 windowEndsAt) external pure returns (Timeline) {
        return Timeline.wrap(word).withFlag(serviceStoppedAt, windowEndsAt);
    }

    function testFuzz_Flag(uint256 word, uint32 serviceStoppedAt, uint32 windowEndsAt) external pure {
        Timeline written = Timeline.wrap(word).withFlag(serviceStoppedAt, windowEndsAt);
        require(written.serviceStoppedAt() == serviceStoppedAt, "reads the stop of service");
        require(written.windowEndsAt() == windowEndsAt, "reads the end of the window");
        uint256 both = (uint256(windowEndsAt) << 32) | serviceStoppedAt;
        _requireOnly(word, Timeline.unwrap(written), 96, 64, both);
    }

    function testFuzz_FlagOverflow(uint256 word, uint32 serviceStoppedAt, uint128 value) external view {
        uint256 tooMuch = uint256(value) | (1 << 32);
        try this.flag(word, serviceStoppedAt, tooMuch) {
            revert("was written");
        } catch (bytes memory reason) {
            _requireOverflow(reason, (tooMuch << 32) | serviceStoppedAt, 64);
        }
    }

    /// @notice A flag was raised one final settlement window before that window ends.
    function testFuzz_FlaggedAt(uint256 word, uint32 flaggedAt, uint24 window) external pure {
        uint256 windowEndsAt = uint256(flaggedAt) + window;
        if (windowEndsAt > type(uint32).max) return;
        Timeline timeline = Timeline.wrap(word).withFinalSettlement(window).withFlag(0, windowEndsAt);
        require(timeline.flaggedAt() == flaggedAt, "the moment of the flag");
    }
}

/// @title What a program offers
contract OfferTest is PackedWordTest {
    function pack(
        uint256 price,
        uint256 units,
        uint256 merchantId,
        uint256 policyId,
        uint256 flags
    ) external pure returns (Offer) {
        return Offers.pack(price, units, merchantId, policyId, ProgramKind.Count, flags);
    }

    function testFuzz_RoundTrip(
        uint88 price,
        uint88 units,
        uint32 merchantId,
        uint32 policyId,
        uint8 kind_,
        uint8 flags
    ) external pure {
        ProgramKind kind = ProgramKind(kind_ % 3);
        Offer offer = Offers.pack(price, units, merchantId, policyId, kind, flags);
        require(offer.priceOrOpenLimit() == price, "price");
        require(offer.units() == units, "units");
        require(offer.merchantId() == merchantId, "merchant");
        require(offer.policyId() == policyId, "policy");
        require(offer.kind() == kind, "kind");
        require(offer.isPass() == (kind == ProgramKind.Pass), "a pass is consumed by time");
        uint256 packed = uint256(bytes32(abi.encodePacked(flags, uint8(kind), policyId, merchantId, units, price)));
        require(Offer.unwrap(offer) == packed, "lies where the layout says");
    }

    /// @notice Each flag is a bit of its own.
    function testFuzz_Flags(uint8 flags) external pure {
        Offer offer = Offers.pack(1, 2, 3, 4, ProgramKind.Pass, flags);
        uint256[7] memory all = [
            Offers.RETIRED,
            Offers.BEARER,
            Offers.UNILATERAL_EXIT,
            Offers.COOLING_OFF_REQUIRES_UNUSED,
            Offers.REJECT_OVER_LIMIT,
            Offers.REJECT_OVER_CAP,
            Offers.OVER_LIMIT
        ];
        uint256 seen = 0;
        for (uint256 i = 0; i < all.length; ++i) {
            require(seen & all[i] == 0, "a bit of its own");
            seen |= all[i];
            require(offer.has(all[i]) == (flags & all[i] != 0), "the flag that was set");
        }
    }

    /// @notice Retiring sets that flag and nothing else, once and for all.
    function testFuzz_Retire(
        uint88 price,
        uint88 units,
        uint32 merchantId,
        uint32 policyId,
        uint8 flags
    ) external pure {
        Offer offer = Offers.pack(price, units, merchantId, policyId, ProgramKind.Count, flags);
        Offer retired = offer.retire();
        require(retired.has(Offers.RETIRED), "is retired");
        require(
            Offer.unwrap(retired) ==
                Offer.unwrap(Offers.pack(price, units, merchantId, policyId, ProgramKind.Count, flags | 1)),
            "and nothing else"
        );
        require(Offer.unwrap(retired.retire()) == Offer.unwrap(retired), "once and for all");
    }

    function testFuzz_Overflow(uint256 value) external view {
        uint256[5] memory bits = [uint256(88), 88, 32, 32, 8];
        for (uint256 field = 0; field < bits.length; ++field) {
            uint256[5] memory values = [uint256(1), 1, 1, 1, 1];
            values[field] = value | (1 << bits[field]);
            try this.pack(values[0], values[1], values[2], values[3], values[4]) {
                revert("was packed");
            } catch (bytes memory reason) {
                _requireOverflow(reason, values[field], bits[field]);
            }
        }
    }
}

/// @title The rights of a program's cards
contract RightsTest is PackedWordTest {
    function pack(
        uint256 listPrice,
        uint256 cardLimit,
        uint256 exitDelay,
        uint256 coolingOff,
        uint256 accrualDelay
    ) external pure returns (Rights) {
        return RightsOf.pack(listPrice, cardLimit, exitDelay, coolingOff, accrualDelay, true);
    }

    function testFuzz_RoundTrip(
        uint88 listPrice,
        uint88 cardLimit,
        uint24 exitDelay,
        uint24 coolingOff,
        uint24 accrualDelay,
        bool inFull
    ) external pure {
        Rights rights = RightsOf.pack(listPrice, cardLimit, exitDelay, coolingOff, accrualDelay, inFull);
        require(rights.listPrice() == listPrice, "list price");
        require(rights.cardLimit() == cardLimit, "card limit");
        require(rights.exitDelay() == exitDelay, "exit delay");
        require(rights.coolingOff() == coolingOff, "cooling-off");
        require(rights.accrualDelay() == accrualDelay, "accrual delay");
        require(rights.coolingOffInFull() == inFull, "cooling-off in full");
        bytes memory packed = abi.encodePacked(inFull, accrualDelay, coolingOff, exitDelay, cardLimit, listPrice);
        require(Rights.unwrap(rights) == uint256(bytes32(packed)), "lies where the layout says");
    }

    function testFuzz_Overflow(uint256 value) external view {
        uint256[5] memory bits = [uint256(88), 88, 24, 24, 24];
        for (uint256 field = 0; field < bits.length; ++field) {
            uint256[5] memory values = [uint256(1), 1, 1, 1, 1];
            values[field] = value | (1 << bits[field]);
            try this.pack(values[0], values[1], values[2], values[3], values[4]) {
                revert("was packed");
            } catch (bytes memory reason) {
                _requireOverflow(reason, values[field], bits[field]);
            }
        }
    }
}

/// @title A card
contract CardTest is PackedWordTest {
    /// @dev A card as it can be stored, from any number: its status is one of three.
    function _card(uint256 word) private pure returns (Card) {
        return Card.wrap(Word.set(word, 240, 2, Word.get(word, 240, 2) % 3));
    }

    function open(uint256 principal, uint256 openedAt) external pure returns (Card) {
        return Cards.open(principal, openedAt);
    }

    function consume(uint256 word, uint256 value) external pure returns (Card) {
        return Card.wrap(word).withConsumed(value);
    }

    function ask(uint256 word, uint256 requestedAt) external pure returns (Card) {
        return Card.wrap(word).withExitRequestedAt(requestedAt);
    }

    function testFuzz_Open(uint88 principal, uint32 openedAt) external pure {
        Card card = Cards.open(principal, openedAt);
        require(card.principal() == principal, "principal");
        require(card.openedAt() == openedAt, "openedAt");
        require(card.status() == CardStatus.Open && card.isOpen(), "open");
        require(card.consumed() == 0 && card.exitRequestedAt() == 0 && card.nonce() == 0, "and nothing else");
        bytes memory packed = abi.encodePacked(uint8(0), uint8(1), uint32(0), openedAt, uint88(0), principal);
        require(Card.unwrap(card) == uint256(bytes32(packed)), "lies where the layout says");
    }

    function testFuzz_OpenOverflow(uint256 principal, uint256 openedAt) external view {
        try this.open(principal | (1 << 88), 1) {
            revert("was opened");
        } catch (bytes memory reason) {
            _requireOverflow(reason, principal | (1 << 88), 88);
        }
        try this.open(1, openedAt | (1 << 32)) {
            revert("was opened");
        } catch (bytes memory reason) {
            _requireOverflow(reason, openedAt | (1 << 32), 32);
        }
    }

    function testFuzz_Consumed(uint256 word, uint88 consumed) external pure {
        Card before = _card(word);
        Card card = before.withConsumed(consumed);
        require(card.consumed() == consumed, "reads what was written");
        _requireOnly(Card.unwrap(before), Card.unwrap(card), 88, 88, consumed);
    }

    function testFuzz_ConsumedOverflow(uint256 word, uint256 value) external view {
        uint256 tooMuch = value | (1 << 88);
        try this.consume(word, tooMuch) {
            revert("was written");
        } catch (bytes memory reason) {
            _requireOverflow(reason, tooMuch, 88);
        }
    }

    function testFuzz_Closed(uint256 word) external pure {
        Card before = _card(word);
        Card card = before.closed();
        require(card.status() == CardStatus.Closed && !card.isOpen(), "is closed");
        _requireOnly(Card.unwrap(before), Card.unwrap(card), 240, 8, uint256(CardStatus.Closed));
    }

    function testFuzz_ExitRequest(uint256 word, uint32 requestedAt) external pure {
        Card before = _card(word);
        Card card = before.withExitRequestedAt(requestedAt);
        require(card.exitRequestedAt() == requestedAt, "reads what was written");
        _requireOnly(Card.unwrap(before), Card.unwrap(card), 208, 32, requestedAt);
    }

    function testFuzz_OpenedAt(uint256 word, uint32 openedAt) external pure {
        Card before = _card(word);
        Card card = before.withOpenedAt(openedAt);
        require(card.openedAt() == openedAt, "reads what was written");
        _requireOnly(Card.unwrap(before), Card.unwrap(card), 176, 32, openedAt);
    }

    /// @notice The nonce is raised, from 255 to 0; nothing else changes.
    function testFuzz_NextNonce(uint256 word) external pure {
        Card before = _card(word);
        uint8 next;
        unchecked {
            next = before.nonce() + 1;
        }
        Card card = before.withNextNonce();
        require(card.nonce() == next, "the next nonce");
        _requireOnly(Card.unwrap(before), Card.unwrap(card), 248, 8, next);
    }

    /// @notice Each flag is its own bit between status and nonce, and no flag is a status.
    function testFuzz_Flags(uint256 word) external pure {
        uint256[4] memory flags = [Cards.DISPUTED, Cards.CONTEST_DISMISSED, Cards.MOVING, Cards.COOLING_OFF_OVER];
        Card before = _card(word);
        bool plain = before.isOpen() && Word.get(word, 246, 2) == 0;
        for (uint256 i = 0; i < flags.length; ++i) {
            uint256 flag = flags[i];
            Card up = before.with(flag);
            Card down = before.without(flag);
            require(up.has(flag) && !down.has(flag), "up and down");
            require(Card.unwrap(up) ^ Card.unwrap(down) == flag, "leaves the neighbours");
            require(up.status() == before.status() && up.nonce() == before.nonce(), "leaves status and nonce");
            require(flag >= 1 << 242 && flag < 1 << 248, "lies between them");
            require(!before.closed().has(flag), "a closed card has none");
            plain = plain && !before.has(flag);
        }
        require(before.isPlainlyOpen() == plain, "plainly open without any");
    }

    function testFuzz_Complaint(uint256 word) external pure {
        Card disputed = _card(word).with(Cards.DISPUTED);
        require(disputed.withExitRequestedAt(0).hasComplaint(), "without a request to leave it is a complaint");
        require(!disputed.withExitRequestedAt(1).hasComplaint(), "with one it is a contest");
        require(!disputed.without(Cards.DISPUTED).withExitRequestedAt(0).hasComplaint(), "and else neither");
    }

    function testFuzz_ExitRequestOverflow(uint256 word, uint256 value) external view {
        uint256 tooMuch = value | (1 << 32);
        try this.ask(word, tooMuch) {
            revert("was written");
        } catch (bytes memory reason) {
            _requireOverflow(reason, tooMuch, 32);
        }
    }

    function test_NoCard() external pure {
        Card card = Card.wrap(0);
        require(card.status() == CardStatus.None && !card.isOpen(), "an empty slot is no card");
    }

    function test_NonceWraps() external pure {
        Card card = Cards.open(1, 1);
        for (uint256 i = 1; i < 256; ++i) card = card.withNextNonce();
        require(card.nonce() == 255, "the last nonce");
        card = card.withNextNonce();
        require(Card.unwrap(card) == Card.unwrap(Cards.open(1, 1)), "and from the start, with everything as it was");
    }
}
