// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, MerchantStatus, ProgramKind} from "../interfaces/IPrepaidEscrow.sol";
import {Card, Offer, ProgramFlags, Rights, Timeline} from "./EscrowState.sol";
import {Release} from "./Release.sol";

/// @notice What a card pays when it closes.
/// @param rule Why.
/// @param consumed Units consumed, time counted.
/// @param released Time counted by the closing, in token base units.
/// @param refund To the holder, in token base units.
/// @param forfeited To the merchant on top of what is released, in token base units.
struct Closing {
    ExitRule rule;
    uint256 consumed;
    uint256 released;
    uint256 refund;
    uint256 forfeited;
}

/// @title Leaving
/// @notice When a request to leave is good, and what a closing card pays; the quote a holder sees and the payment are one.
library Exits {
    /// @notice When a pending request lapses: one exit delay after it fell due. Time under a flag counts towards no lapse.
    function lapsesAt(uint256 requestedAt, uint256 exitDelay, Timeline memory timeline) internal pure returns (uint256) {
        uint256 end = requestedAt + 2 * exitDelay;
        // No request is made under a flag: one made before the withdrawal was made before the flag.
        bool pendingAtFlag = requestedAt < timeline.withdrawnAt && timeline.withdrawnAt - timeline.pausedFor < end;
        return pendingAtFlag ? end + timeline.pausedFor : end;
    }

    /// @notice When the pending request was made; zero if there is none, or it has lapsed.
    function pendingSince(
        Card memory card,
        Rights memory rights,
        Timeline memory timeline,
        MerchantStatus status,
        uint256 nowAt
    ) internal pure returns (uint256) {
        if (card.exitRequestedAt == 0) return 0;
        uint256 clock = status == MerchantStatus.Defaulted ? timeline.flaggedAt : nowAt;
        return clock < lapsesAt(card.exitRequestedAt, rights.exitDelay, timeline) ? card.exitRequestedAt : 0;
    }

    /// @notice The last moment that time is counted to: `until`, or the stop of service if that was earlier.
    function serviceUntil(
        Timeline memory timeline,
        MerchantStatus status,
        uint256 until
    ) internal pure returns (uint256) {
        if (timeline.lastServiceAt != 0 && timeline.lastServiceAt < until) until = timeline.lastServiceAt;
        if (status == MerchantStatus.Defaulted && timeline.serviceStoppedAt < until) until = timeline.serviceStoppedAt;
        return until;
    }

    /// @notice Whether a card closing now is paid all that remains because the merchant no longer serves.
    function servesNoMore(
        Timeline memory timeline,
        MerchantStatus status,
        uint256 nowAt
    ) internal pure returns (ExitRule) {
        if (status == MerchantStatus.Defaulted) return ExitRule.Default;
        if (timeline.lastServiceAt != 0 && nowAt >= timeline.lastServiceAt) return ExitRule.RunOff;
        return ExitRule.None;
    }

    /// @notice Whether every card of the merchant can be refunded by anyone.
    function refundsOpen(
        Timeline memory timeline,
        MerchantStatus status,
        uint256 nowAt
    ) internal pure returns (bool) {
        if (status == MerchantStatus.Defaulted) return nowAt >= timeline.windowEndsAt;
        return status == MerchantStatus.RunOff && nowAt >= timeline.noticeEndsAt;
    }

    /// @notice What `card` pays if it closes now under `rule`; a pass is counted first, without the accrual delay, to the
    /// earliest of now, `requestedAt` (zero for none) and the stop of service.
    function close(
        Card memory card,
        Offer memory offer,
        Rights memory rights,
        ExitRule rule,
        uint256 servedUntil
    ) internal pure returns (Closing memory closing) {
        closing.rule = rule;
        closing.consumed = consumedAt(card, offer, servedUntil);
        uint256 releasedBefore = Release.released(card.consumed, card.principal, offer.units);
        uint256 releasedAfter = Release.released(closing.consumed, card.principal, offer.units);
        closing.released = releasedAfter - releasedBefore;
        uint256 remaining = card.principal - releasedAfter;
        closing.refund = rule == ExitRule.Unilateral || rule == ExitRule.Silence
            ? Release.refundAtListPrice(closing.consumed, card.principal, offer.units, rights.listPrice)
            : remaining;
        closing.forfeited = remaining - closing.refund;
    }

    /// @notice Units of a card consumed at `servedUntil`: booked, or of a pass its time if that is more.
    function consumedAt(Card memory card, Offer memory offer, uint256 servedUntil) internal pure returns (uint256) {
        if (offer.kind != ProgramKind.Term) return card.consumed;
        uint256 time = Release.elapsed(card.openedAt, servedUntil, offer.units);
        return time > card.consumed ? time : card.consumed;
    }

    /// @notice The rule for a holder who asked to leave at `requestedAt`.
    /// @param consumed Units consumed, counted to the request.
    function ruleFor(
        Card memory card,
        Offer memory offer,
        Rights memory rights,
        uint256 requestedAt,
        uint256 consumed
    ) internal pure returns (ExitRule) {
        bool unused = consumed == 0 || offer.flags & ProgramFlags.COOLING_OFF_REQUIRES_UNUSED == 0;
        // Both fit 32 bits and are added in 256.
        bool coolingOff = rights.coolingOff != 0 && requestedAt < uint256(card.openedAt) + rights.coolingOff;
        if (coolingOff && unused) return ExitRule.CoolingOff;
        return offer.flags & ProgramFlags.UNILATERAL_EXIT != 0 ? ExitRule.Unilateral : ExitRule.Silence;
    }

    /// @notice What a holder gets who asked to leave at `requestedAt` and leaves now.
    function quote(
        Card memory card,
        Offer memory offer,
        Rights memory rights,
        Timeline memory timeline,
        MerchantStatus status,
        uint256 requestedAt,
        uint256 nowAt
    ) internal pure returns (Closing memory) {
        uint256 servedUntil = serviceUntil(timeline, status, requestedAt < nowAt ? requestedAt : nowAt);
        ExitRule rule = servesNoMore(timeline, status, nowAt);
        if (rule == ExitRule.None) {
            rule = ruleFor(card, offer, rights, requestedAt, consumedAt(card, offer, servedUntil));
        }
        return close(card, offer, rights, rule, servedUntil);
    }
}
