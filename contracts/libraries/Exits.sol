// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {CardId} from "./CardId.sol";
import {Checks} from "./Checks.sol";
import {Card, Cards, EscrowState, Merchant, Offer, Offers, Program, Rights, Timeline} from "./EscrowState.sol";
import {Release} from "./Release.sol";

/// @title Leaving
/// @notice When a request to leave is good, and what a closing card pays; the quote a holder sees and the payment are one.
library Exits {
    /// @notice All that a card's leaving depends on; refused after a flag and at the end, which replace it.
    /// @return merchantId Whose card it is.
    /// @return status The merchant's.
    /// @return offer The program's.
    /// @return rights The program's.
    /// @return timeline The merchant's, as far as it matters.
    /// @return since When the pending request was made; zero if there is none, or it has lapsed.
    function loadExit(
        EscrowState storage self,
        bytes32 cardId,
        Card card
    )
        internal
        view
        returns (uint32 merchantId, MerchantStatus status, Offer offer, Rights rights, Timeline timeline, uint256 since)
    {
        Program storage program = self.programs[CardId.programIdOf(cardId)];
        offer = program.offer;
        rights = program.rights;
        merchantId = offer.merchantId();
        Merchant storage m = self.merchants[merchantId];
        status = m.pool.status();
        Checks.requireStatus(status != MerchantStatus.Defaulted && status != MerchantStatus.Closed, merchantId, status);
        (timeline, since) = pending(m, status, card, rights);
    }

    /// @notice The dates that matter to a request of `card`, and when the pending one was made. No date does, and the slot is not
    /// read, while the merchant does business and no request is old enough to have lapsed.
    function pending(
        Merchant storage m,
        MerchantStatus status,
        Card card,
        Rights rights
    ) internal view returns (Timeline timeline, uint256 since) {
        since = card.exitRequestedAt();
        bool young;
        unchecked {
            // Times have 32 bits, periods 24.
            young = since == 0 || block.timestamp < since + 2 * rights.exitDelay();
        }
        if (!young || (status != MerchantStatus.Active && status != MerchantStatus.Suspended)) {
            timeline = m.timeline;
            since = pendingSince(card, rights, timeline, status);
        }
    }

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
            // No request is made under a flag: one made before the withdrawal was made before the flag. One that had lapsed by
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

    /// @notice What the lapse of a request is measured against: now, but a flag stops the clock.
    function clock(Timeline timeline, MerchantStatus status) internal view returns (uint256) {
        return status == MerchantStatus.Defaulted ? timeline.flaggedAt() : block.timestamp;
    }

    /// @notice The last moment that time is counted to: `until`, or the stop of service if that was earlier.
    function serviceUntil(Timeline timeline, MerchantStatus status, uint256 until) internal pure returns (uint256) {
        uint256 lastServiceAt = timeline.lastServiceAt();
        if (lastServiceAt != 0 && lastServiceAt < until) until = lastServiceAt;
        bool stopped = status == MerchantStatus.Defaulted && timeline.serviceStoppedAt() < until;
        return stopped ? timeline.serviceStoppedAt() : until;
    }

    /// @notice Whether every card of the merchant can be refunded by anyone.
    function refundsOpen(Timeline timeline, MerchantStatus status) internal view returns (bool) {
        if (status == MerchantStatus.Defaulted) return block.timestamp >= timeline.windowEndsAt();
        return status == MerchantStatus.RunOff && block.timestamp >= timeline.noticeEndsAt();
    }

    /// @notice What becomes of the slot of a card that closes. It is kept, or old signatures would revive with a reused id; but not
    /// once everybody is refunded, for no card can be had of that merchant any more, bought or moved.
    function closed(Card card, ExitRule rule, Timeline timeline) internal view returns (Card) {
        bool last = rule == ExitRule.RunOff && block.timestamp >= timeline.noticeEndsAt();
        return last ? Card.wrap(0) : card.closed();
    }

    /// @notice Seconds of a pass consumed at `servedUntil`: what is booked, or its time if that is more.
    function consumedAt(Card card, Offer offer, uint256 servedUntil) internal pure returns (uint256) {
        uint256 booked = card.consumed();
        uint256 time = Release.elapsed(card.openedAt(), servedUntil, offer.units());
        return time > booked ? time : booked;
    }

    /// @notice Principal of an open card not yet released, as booked, in token base units.
    function remaining(Card card, Offer offer) internal pure returns (uint256) {
        uint256 principal = card.principal();
        unchecked {
            // The principal is never passed.
            return principal - Release.released(card.consumed(), principal, offer.units());
        }
    }

    /// @notice What `card` pays if it closes at issuer's cause: all that remains, after a pass is counted to `servedUntil`.
    /// @return consumed Units consumed, time counted.
    /// @return released Time of a pass counted by the closing, in token base units; to the merchant.
    /// @return refund To the holder, in token base units.
    function closeInFull(
        Card card,
        Offer offer,
        uint256 servedUntil
    ) internal pure returns (uint256 consumed, uint256 released, uint256 refund) {
        consumed = card.consumed();
        refund = remaining(card, offer);
        if (offer.isPass()) {
            consumed = consumedAt(card, offer, servedUntil);
            unchecked {
                // Consumption never falls, and the principal is never passed.
                uint256 left = card.principal() - Release.released(consumed, card.principal(), offer.units());
                released = refund - left;
                refund = left;
            }
        }
    }

    /// @notice The rule for a holder who asked to leave at `requestedAt`.
    /// @param consumed Units consumed, counted to the request.
    function ruleFor(
        Card card,
        Offer offer,
        Rights rights,
        uint256 requestedAt,
        uint256 consumed
    ) internal pure returns (ExitRule) {
        uint256 coolingOff = rights.coolingOff();
        unchecked {
            // 32 bits and 24.
            bool regretted = coolingOff != 0 && requestedAt < card.openedAt() + coolingOff;
            bool usable = consumed == 0 || !offer.has(Offers.COOLING_OFF_REQUIRES_UNUSED);
            if (regretted && usable) return ExitRule.CoolingOff;
        }
        return offer.has(Offers.UNILATERAL_EXIT) ? ExitRule.Unilateral : ExitRule.NoObjection;
    }

    /// @notice What a holder gets who asked to leave at `requestedAt` (not in the future) and leaves now: all that remains once
    /// the merchant serves no more, else what the rule for the request says. A pass is counted without the accrual delay, to the
    /// earliest of the request and the stop of service.
    /// @return rule Why.
    /// @return consumed Units consumed, time counted.
    /// @return released Time of a pass counted by the closing, in token base units; to the merchant.
    /// @return refund To the holder, in token base units.
    /// @return forfeited To the merchant on top of what is released, in token base units.
    function quote(
        Card card,
        Offer offer,
        Rights rights,
        Timeline timeline,
        MerchantStatus status,
        uint256 requestedAt
    ) internal view returns (ExitRule rule, uint256 consumed, uint256 released, uint256 refund, uint256 forfeited) {
        (consumed, released, refund) = closeInFull(card, offer, serviceUntil(timeline, status, requestedAt));
        uint256 lastServiceAt = timeline.lastServiceAt();
        if (status == MerchantStatus.Defaulted) return (ExitRule.Default, consumed, released, refund, 0);
        if (lastServiceAt != 0 && block.timestamp >= lastServiceAt) {
            return (ExitRule.RunOff, consumed, released, refund, 0);
        }
        rule = ruleFor(card, offer, rights, requestedAt, consumed);
        if (rule == ExitRule.CoolingOff) return (rule, consumed, released, refund, 0);
        uint256 atListPrice = Release.refundAtListPrice(consumed, card.principal(), offer.units(), rights.listPrice());
        unchecked {
            // A list price is never below the price.
            return (rule, consumed, released, atListPrice, refund - atListPrice);
        }
    }
}
