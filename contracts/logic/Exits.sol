// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Card, Cards} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowState, Merchant, Program} from "../types/EscrowState.sol";
import {Offer, Offers} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {Rights} from "../types/Rights.sol";
import {Timeline} from "../types/Timeline.sol";
import {Checks} from "./Checks.sol";
import {Release} from "./Release.sol";

/// @title Leaving
/// @notice When a request to leave is valid, and what a closing card pays. The quote a holder sees and the payment are computed by
/// the same functions.
library Exits {
    uint256 private constant NEVER = type(uint256).max;

    /* READING */

    /// @notice The merchant and the terms of a card.
    function origin(
        EscrowState storage self,
        bytes32 cardId
    ) internal view returns (Merchant storage m, Offer offer, Rights rights) {
        Program storage program = self.programs[CardId.programIdOf(cardId)];
        (offer, rights) = (program.offer, program.rights);
        m = self.merchants[offer.merchantId()];
    }

    /// @notice Reads what an open card's leaving depends on. Reverts after a flag and once the merchant is closed: refunds replace
    /// leaving then.
    /// @return pool The merchant's, with its status.
    /// @return since When the pending request was made; zero if none is pending.
    /// @return stopsAt When service stops or stopped; the largest number while no end is known.
    function loadExit(
        Merchant storage m,
        uint32 merchantId,
        Card card,
        Rights rights
    ) internal view returns (Pool pool, uint256 since, uint256 stopsAt) {
        pool = m.pool;
        MerchantStatus status = pool.status();
        Checks.requireStatus(status != MerchantStatus.Defaulted && status != MerchantStatus.Closed, merchantId, status);
        (since, stopsAt) = pending(m, status, card, rights);
    }

    /// @notice When the pending request of `card` was made (zero if none is pending), and when service stops (the largest number
    /// while no end is known).
    /// @dev Does not read the merchant's dates while none of them matters: the merchant is in business, and no request is old enough
    /// to have lapsed.
    function pending(
        Merchant storage m,
        MerchantStatus status,
        Card card,
        Rights rights
    ) internal view returns (uint256 since, uint256 stopsAt) {
        since = card.exitRequestedAt();
        bool young;
        unchecked {
            // Times have 32 bits, periods 24.
            young = since == 0 || block.timestamp < since + 2 * rights.exitDelay();
        }
        stopsAt = NEVER;
        if (!young || (status != MerchantStatus.Active && status != MerchantStatus.Suspended)) {
            Timeline timeline = m.timeline;
            since = pendingSince(card, rights, timeline, status);
            stopsAt = serviceStopsAt(timeline, status);
        }
    }

    /* DATES */

    /// @notice When a pending request lapses: one exit delay after it fell due. Time under a flag counts towards no lapse.
    function lapsesAt(
        uint256 requestedAt,
        uint256 executableAt,
        uint256 exitDelay,
        Timeline timeline
    ) internal pure returns (uint256) {
        unchecked {
            // Times have 32 bits, periods 24.
            uint256 end = executableAt + exitDelay;
            // No request is made under a flag, so one made before the withdrawal was made before the flag. One that had lapsed by
            // then stays lapsed: `end` was not after the flag, and `end + pausedFor` is not after the withdrawal.
            return requestedAt < timeline.withdrawnAt() ? end + timeline.pausedFor() : end;
        }
    }

    /// @notice When the pending request was made; zero if there is none, or it has lapsed. A contested one does not lapse.
    function pendingSince(
        Card card,
        Rights rights,
        Timeline timeline,
        MerchantStatus status
    ) internal view returns (uint256) {
        uint256 requestedAt = card.exitRequestedAt();
        if (requestedAt == 0) return 0;
        uint256 exitDelay = rights.exitDelay();
        uint256 end = lapsesAt(requestedAt, requestedAt + exitDelay, exitDelay, timeline);
        return clock(timeline, status) < end || card.has(Cards.DISPUTED) ? requestedAt : 0;
    }

    /// @notice The time that a request's lapse is compared with: now, or the time of the flag that is up.
    function clock(Timeline timeline, MerchantStatus status) internal view returns (uint256) {
        return status == MerchantStatus.Defaulted ? timeline.flaggedAt() : block.timestamp;
    }

    /// @notice When service stops or stopped: on the last day of a run-off or at the moment a default flag names, whichever is
    /// earlier; the largest number if there is neither.
    function serviceStopsAt(Timeline timeline, MerchantStatus status) internal pure returns (uint256 stopsAt) {
        stopsAt = timeline.lastServiceAt();
        if (stopsAt == 0) stopsAt = NEVER;
        bool stopped = status == MerchantStatus.Defaulted && timeline.serviceStoppedAt() < stopsAt;
        if (stopped) stopsAt = timeline.serviceStoppedAt();
    }

    /// @notice Up to when the time of a pass counts: the pending request, or now, but not beyond the stop of service.
    function servedUntil(uint256 since, uint256 stopsAt) internal view returns (uint256) {
        uint256 until = since == 0 ? block.timestamp : since;
        return until < stopsAt ? until : stopsAt;
    }

    /// @notice Whether anyone can refund every card of the merchant.
    function refundsOpen(Timeline timeline, MerchantStatus status) internal view returns (bool) {
        if (status == MerchantStatus.Defaulted) return block.timestamp >= timeline.windowEndsAt();
        return status == MerchantStatus.RunOff && block.timestamp >= timeline.noticeEndsAt();
    }

    /* AMOUNTS */

    /// @notice Seconds of a pass consumed at `until`: the booked ones, or its time if that is more.
    function consumedAt(Card card, Offer offer, uint256 until) internal pure returns (uint256) {
        uint256 booked = card.consumed();
        uint256 time = Release.elapsed(card.openedAt(), until, offer.units());
        return time > booked ? time : booked;
    }

    /// @notice Principal of an open card not yet released, as booked, in token base units.
    function remaining(Card card, Offer offer) internal pure returns (uint256) {
        uint256 principal = card.principal();
        unchecked {
            // Never more is released than the principal.
            return principal - Release.released(card.consumed(), principal, offer.units());
        }
    }

    /// @notice What `card` pays if it closes at issuer's cause: all that remains, after the time of a pass counts up to `until`.
    /// @return consumed Units consumed, time included.
    /// @return released Time of a pass not booked before, in token base units; to the merchant.
    /// @return refund To the holder, in token base units. Rounded up, by less than one base unit.
    function closeInFull(
        Card card,
        Offer offer,
        uint256 until
    ) internal pure returns (uint256 consumed, uint256 released, uint256 refund) {
        consumed = card.consumed();
        refund = remaining(card, offer);
        if (offer.isPass()) {
            consumed = consumedAt(card, offer, until);
            unchecked {
                // Consumption never falls, and never more is released than the principal.
                uint256 left = card.principal() - Release.released(consumed, card.principal(), offer.units());
                released = refund - left;
                refund = left;
            }
        }
    }

    /// @notice The rule for a holder who asked to leave at `requestedAt`.
    /// @param consumed Units consumed, time up to the request included.
    function ruleFor(
        Card card,
        Offer offer,
        Rights rights,
        uint256 requestedAt,
        uint256 consumed
    ) internal pure returns (ExitRule) {
        uint256 coolingOff = rights.coolingOff();
        unchecked {
            // Times have 32 bits, periods 24.
            bool regretted = coolingOff != 0 && requestedAt < card.openedAt() + coolingOff;
            bool usable = consumed == 0 || !offer.has(Offers.COOLING_OFF_REQUIRES_UNUSED);
            if (regretted && usable) return ExitRule.CoolingOff;
        }
        return offer.has(Offers.UNILATERAL_EXIT) ? ExitRule.Unilateral : ExitRule.NoObjection;
    }

    /// @notice The rule by which a holder leaves now, and what it pays: all that remains once the merchant serves no more or within
    /// cooling-off, else what is left at the list price. Not for a card of a flagged merchant.
    /// @param since When the pending request was made; zero to ask now.
    /// @param stopsAt When service stops.
    /// @return rule Why.
    /// @return refund To the holder, in token base units. Rounded up, by less than one base unit. The rest of what remains of the
    /// card goes to the merchant.
    /// @return forfeited The part of that rest which is the discount taken back, in token base units.
    function quote(
        Card card,
        Offer offer,
        Rights rights,
        uint256 since,
        uint256 stopsAt
    ) internal view returns (ExitRule rule, uint256 refund, uint256 forfeited) {
        uint256 consumed;
        (consumed, , refund) = closeInFull(card, offer, servedUntil(since, stopsAt));
        if (block.timestamp >= stopsAt) return (ExitRule.RunOff, refund, 0);
        rule = ruleFor(card, offer, rights, since == 0 ? block.timestamp : since, consumed);
        if (rule == ExitRule.CoolingOff) return (rule, refund, 0);
        uint256 atListPrice = Release.refundAtListPrice(consumed, card.principal(), offer.units(), rights.listPrice());
        unchecked {
            // A list price is never below the price.
            return (rule, atListPrice, refund - atListPrice);
        }
    }

    /// @notice The slot of a card that closes by `rule`. It is kept: without it an old signature would be valid again for a reused
    /// id. Only once everybody is refunded at the end of a run-off is it cleared, because no card of that merchant can be bought or
    /// moved any more.
    function closed(Card card, ExitRule rule, Merchant storage m) internal view returns (Card) {
        bool last = rule == ExitRule.RunOff && block.timestamp >= m.timeline.noticeEndsAt();
        return last ? Card.wrap(0) : card.closed();
    }
}
