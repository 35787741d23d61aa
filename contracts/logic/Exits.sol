// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, MerchantStatus, Policy} from "../interfaces/IPrepaidEscrow.sol";
import {Card, Cards} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {Dispute, EscrowState, EscrowStorage, Merchant, Program} from "../types/EscrowState.sol";
import {Offer, Offers} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {Rights} from "../types/Rights.sol";
import {Timeline} from "../types/Timeline.sol";
import {Checks} from "./Checks.sol";
import {Fees} from "./Fees.sol";
import {Release} from "./Release.sol";

/// @title Leaving
/// @notice When a request to leave is valid, as of which moment a closing is reckoned, and what it pays. The quote a holder sees and
/// the payment are computed by the same functions.
/// @dev Every closing is reckoned as of one moment: the request to leave, else the default flag, else now, but never later than the
/// stop of service. The clock of a pass and of cooling-off stands still while a flag was up that was withdrawn (`Timeline.clockAt`).
library Exits {
    uint256 private constant NEVER = type(uint256).max;
    /// @dev Longest time a flag can be up before it is withdrawn: the longest `finalSettlement`.
    uint256 private constant LONGEST_FLAG = 30 days;

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
        Card card,
        Offer offer,
        Rights rights
    ) internal view returns (Pool pool, uint256 since, uint256 stopsAt) {
        pool = m.pool;
        MerchantStatus status = pool.status();
        Checks.requireStatus(
            status != MerchantStatus.Defaulted && status != MerchantStatus.Closed,
            offer.merchantId(),
            status
        );
        (since, stopsAt) = pending(m, status, card, offer, rights);
    }

    /// @notice When the pending request of `card` was made (zero if none is pending), and when service stops (the largest number
    /// while no end is known).
    /// @dev Does not read the merchant's dates while none of them matters: the merchant is in business, and no request can have
    /// lapsed.
    function pending(
        Merchant storage m,
        MerchantStatus status,
        Card card,
        Offer offer,
        Rights rights
    ) internal view returns (uint256 since, uint256 stopsAt) {
        since = card.exitRequestedAt();
        bool lasts;
        unchecked {
            // Times have 32 bits, periods 24.
            lasts = since == 0 || block.timestamp < since + 2 * rights.exitDelay() || offer.isPass();
        }
        stopsAt = NEVER;
        if (!lasts || (status != MerchantStatus.Active && status != MerchantStatus.Suspended)) {
            Timeline timeline = m.timeline;
            since = pendingSince(card, offer, rights, timeline, status);
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

    /// @notice When the pending request was made; zero if there is none, or it has lapsed. A contested one does not lapse, and neither
    /// does that of a pass: its time would count again.
    function pendingSince(
        Card card,
        Offer offer,
        Rights rights,
        Timeline timeline,
        MerchantStatus status
    ) internal view returns (uint256) {
        uint256 requestedAt = card.exitRequestedAt();
        if (requestedAt == 0 || offer.isPass() || card.has(Cards.DISPUTED)) return requestedAt;
        uint256 exitDelay = rights.exitDelay();
        uint256 end = lapsesAt(requestedAt, requestedAt + exitDelay, exitDelay, timeline);
        return clock(timeline, status) < end ? requestedAt : 0;
    }

    /// @notice From when anyone may end a complaint without effect: one exit delay after the end of the time to rule on it. Time under a
    /// flag does not count.
    function complaintEndsAt(
        Dispute storage dispute,
        Rights rights,
        Timeline timeline
    ) internal view returns (uint256) {
        uint256 exitDelay = rights.exitDelay();
        return lapsesAt(dispute.rulingFrom - exitDelay, dispute.rulingUntil, exitDelay, timeline);
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

    /// @notice The moment a closing is reckoned as of: the pending request, else `otherwise`, but not beyond the stop of service.
    /// @param otherwise Now, or the default flag that is up.
    function reckonedAt(uint256 since, uint256 stopsAt, uint256 otherwise) internal pure returns (uint256 asOf) {
        asOf = since == 0 ? otherwise : since;
        if (asOf > stopsAt) asOf = stopsAt;
    }

    /// @notice Whether anyone can refund every card of the merchant.
    function refundsOpen(Timeline timeline, MerchantStatus status) internal view returns (bool) {
        if (status == MerchantStatus.Defaulted) return block.timestamp >= timeline.windowEndsAt();
        return status == MerchantStatus.RunOff && block.timestamp >= timeline.noticeEndsAt();
    }

    /* TIME */

    /// @notice Seconds of a pass that have run at `asOf`: none before it begins, all after it ends.
    function ran(Card card, Offer offer, Timeline timeline, uint256 asOf) internal pure returns (uint256) {
        return Release.elapsed(timeline.clockAt(card.openedAt()), timeline.clockAt(asOf), offer.units());
    }

    /// @notice Whether `asOf` lies in the card's cooling-off.
    /// @dev The clock of cooling-off never runs ahead of time, and lags behind by at most the longest flag: the dates of the merchant
    /// decide only in between.
    function isInCoolingOff(Merchant storage m, Card card, Rights rights, uint256 asOf) internal view returns (bool) {
        uint256 coolingOff = rights.coolingOff();
        if (coolingOff == 0 || card.has(Cards.COOLING_OFF_OVER)) return false;
        uint256 end = card.openedAt() + coolingOff;
        if (asOf < end) return true;
        if (asOf >= end + LONGEST_FLAG) return false;
        return asOf < coolingOffEndsAt(m.timeline, card, rights);
    }

    /// @notice When the card's cooling-off ends.
    function coolingOffEndsAt(Timeline timeline, Card card, Rights rights) internal pure returns (uint256) {
        return timeline.timeAt(timeline.clockAt(card.openedAt()) + rights.coolingOff());
    }

    /// @notice Whether a holder who closes the card as of `asOf` regrets buying it: in cooling-off, and unused where that is asked.
    function isRegretted(
        Merchant storage m,
        Card card,
        Offer offer,
        Rights rights,
        uint256 asOf
    ) internal view returns (bool) {
        if (!isInCoolingOff(m, card, rights, asOf)) return false;
        return card.consumed() == 0 || !offer.has(Offers.COOLING_OFF_REQUIRES_UNUSED);
    }

    /* AMOUNTS */

    /// @notice Principal of an open card not yet released, as booked, in token base units.
    function remaining(Card card, Offer offer) internal pure returns (uint256) {
        return remainingAfter(card, offer, card.consumed());
    }

    /// @notice Principal of an open card not yet released if `consumed` units are, in token base units. Rounded up, by less than one
    /// base unit.
    function remainingAfter(Card card, Offer offer, uint256 consumed) internal pure returns (uint256) {
        uint256 principal = card.principal();
        unchecked {
            // Never more is released than the principal.
            return principal - Release.released(consumed, principal, offer.units());
        }
    }

    /// @notice Units consumed as of `asOf`: as booked, and of a pass its time if that is more. In a cooling-off in full, the days of a
    /// pass do not count.
    function consumedAt(
        Merchant storage m,
        Card card,
        Offer offer,
        Rights rights,
        uint256 asOf
    ) internal view returns (uint256 consumed) {
        consumed = card.consumed();
        if (!offer.isPass()) return consumed;
        if (rights.coolingOffInFull() && isRegretted(m, card, offer, rights, asOf)) return consumed;
        return _usedOfPass(m, card, offer, asOf);
    }

    /// @dev Units of a pass used as of `asOf`: as booked, or its time if that is more.
    function _usedOfPass(Merchant storage m, Card card, Offer offer, uint256 asOf) private view returns (uint256 used) {
        used = card.consumed();
        uint256 time = ran(card, offer, m.timeline, asOf);
        if (time > used) used = time;
    }

    /// @notice What a holder gets who leaves, and why. Not for a card of a flagged merchant.
    /// @param status The merchant's, as stored.
    /// @param consumed Units consumed as of `asOf`.
    /// @param asOf The moment the closing is reckoned as of.
    /// @param stopsAt When service stops: a closing executed from then on is at issuer's cause.
    /// @param executedAt When the card closes: now, or later for a quote.
    /// @return rule The rule that decides.
    /// @return own To the holder, in token base units; never above what remains at issuer's cause.
    /// @return fee The policy's fee, a part of what the merchant gets of that, in token base units.
    function holderRefund(
        Merchant storage m,
        Card card,
        Offer offer,
        Rights rights,
        MerchantStatus status,
        uint256 consumed,
        uint256 asOf,
        uint256 stopsAt,
        uint256 executedAt
    ) internal view returns (ExitRule rule, uint256 own, uint256 fee) {
        if (executedAt >= stopsAt) return (ExitRule.RunOff, remainingAfter(card, offer, consumed), 0);
        bool free = !offer.has(Offers.CHARGES_FEES) || !_takesFees(m, status, executedAt);
        if (isRegretted(m, card, offer, rights, asOf)) {
            own = remainingAfter(card, offer, consumed);
            if (!free) (own, fee) = _regretWithFee(m, card, offer, rights, own, asOf);
            return (ExitRule.CoolingOff, own, fee);
        }
        rule = offer.has(Offers.UNILATERAL_EXIT) ? ExitRule.Unilateral : ExitRule.NoObjection;
        own = Release.refundAtListPrice(consumed, card.principal(), offer.units(), rights.listPrice());
        if (!free) (own, fee) = _leavingWithFee(card, offer, consumed, own);
    }

    /// @dev What is left of `full` after the fee for cooling-off, or what leaving later would pay if that is more: a fee that is dearer
    /// has no effect. Leaving later would count the days that a cooling-off in full leaves out.
    function _regretWithFee(
        Merchant storage m,
        Card card,
        Offer offer,
        Rights rights,
        uint256 full,
        uint256 asOf
    ) private view returns (uint256 own, uint256 fee) {
        Policy storage policy = EscrowStorage.state().policies[offer.policyId()];
        uint256 used = offer.isPass() ? _usedOfPass(m, card, offer, asOf) : card.consumed();
        uint256 rest = Release.refundAtListPrice(used, card.principal(), offer.units(), rights.listPrice());
        (uint256 later, uint256 feeLater) = _leavingWithFee(card, offer, used, rest);
        // Before a pass begins it has cost the merchant nothing.
        bool begun = !offer.isPass() || card.consumed() != 0 || asOf >= card.openedAt();
        fee = begun ? Fees.inCoolingOff(card.principal(), policy.coolingOffFeeBps, policy.feeMax) : 0;
        (own, fee) = Fees.deduct(full, fee);
        if (later > own) (own, fee) = (later, feeLater);
    }

    /// @dev What is left of `rest` after the fee for leaving. The flat fee is for an unused card that is no pass.
    function _leavingWithFee(
        Card card,
        Offer offer,
        uint256 consumed,
        uint256 rest
    ) private view returns (uint256 own, uint256 fee) {
        Policy storage policy = EscrowStorage.state().policies[offer.policyId()];
        fee = Fees.forLeaving(
            card.principal(),
            rest,
            consumed == 0 && !offer.isPass() ? policy.feeFlat : 0,
            policy.feePriceBps,
            policy.feeRestBps,
            policy.feeMax
        );
        return Fees.deduct(rest, fee);
    }

    /// @dev A merchant that is suspended or closing takes no fee.
    function _takesFees(Merchant storage m, MerchantStatus status, uint256 executedAt) private view returns (bool) {
        if (status == MerchantStatus.Suspended) return executedAt >= m.timeline.suspendedUntil();
        return status != MerchantStatus.RunOff;
    }

    /// @notice The slot of a card that closes by `rule`. It is kept: without it an old signature would be valid again for a reused
    /// id. Only once everybody is refunded at the end of a run-off is it cleared, because no card of that merchant can be bought or
    /// moved any more.
    function closed(Card card, ExitRule rule, Merchant storage m) internal view returns (Card) {
        bool last = rule == ExitRule.RunOff && block.timestamp >= m.timeline.noticeEndsAt();
        return last ? Card.wrap(0) : card.closed();
    }
}
