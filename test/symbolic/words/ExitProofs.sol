// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, MerchantStatus} from "../../../contracts/interfaces/IPrepaidEscrow.sol";
import {Exits} from "../../../contracts/logic/Exits.sol";
import {Card} from "../../../contracts/types/Card.sol";
import {Merchant} from "../../../contracts/types/EscrowState.sol";
import {Offer, Offers} from "../../../contracts/types/Offer.sol";
import {Rights} from "../../../contracts/types/Rights.sol";
import {Timeline} from "../../../contracts/types/Timeline.sol";

/// @title Leaving, for every word that can be stored
/// @dev Proved by Halmos on the compiled code. Where a proof multiplies and divides, it needs only that the same division gives the
/// same result; what the results are is proved in `arithmetic/ReleaseProofs.sol`.
contract ExitProofs {
    Merchant private merchant;

    /* DATES */

    /// @notice A request lapses one exit delay after it fell due, put off by exactly the time a withdrawn flag was up if it was
    /// pending then, and never else: from the withdrawal on, one that had lapsed before the flag is not pending again.
    function check_LapsesNoEarlierAndBounded(
        uint32 requestedAt,
        uint32 executableAt,
        uint24 exitDelay,
        Timeline timeline,
        uint40 moment
    ) external pure {
        if (timeline.pausedFor() > timeline.withdrawnAt() || moment < timeline.withdrawnAt()) return;
        uint256 end = uint256(executableAt) + exitDelay;
        bool wasPending = requestedAt < timeline.withdrawnAt();
        bool flaggedBeforeEnd = timeline.withdrawnAt() - timeline.pausedFor() < end;
        uint256 putOff = wasPending && flaggedBeforeEnd ? timeline.pausedFor() : 0;
        uint256 lapsesAt = Exits.lapsesAt(requestedAt, executableAt, exitDelay, timeline);
        // A wrong `unchecked` would show as an earlier end.
        assert(lapsesAt == end || lapsesAt == end + timeline.pausedFor());
        assert((moment < lapsesAt) == (moment < end + putOff));
    }

    /// @notice A closing is reckoned as of the earliest of the pending request (else the flag that is up, else now), the last day of
    /// service and the stop of service; as of none else.
    function check_ReckonedAtTheEarliest(Timeline timeline, uint8 rawStatus, uint32 since) external view {
        if (rawStatus > uint8(type(MerchantStatus).max)) return;
        MerchantStatus status = MerchantStatus(rawStatus);
        bool flagged = status == MerchantStatus.Defaulted;
        if (flagged && timeline.finalSettlement() > timeline.windowEndsAt()) return;
        uint256 claim = since == 0 ? Exits.clock(timeline, status) : since;
        uint256 asOf = Exits.reckonedAt(since, Exits.serviceStopsAt(timeline, status), Exits.clock(timeline, status));
        uint256 lastServiceAt = timeline.lastServiceAt();
        assert(asOf <= claim);
        if (lastServiceAt != 0) assert(asOf <= lastServiceAt);
        if (flagged) assert(asOf <= timeline.serviceStoppedAt());
        assert(
            asOf == claim ||
                (lastServiceAt != 0 && asOf == lastServiceAt) ||
                (flagged && asOf == timeline.serviceStoppedAt())
        );
    }

    /* CLOSING */

    /// @notice No closing takes back what is booked, and time consumes nothing but passes.
    /// @dev Of a merchant without dates: the clock is proved in `arithmetic/ClockProofs.sol`.
    function check_ConsumptionNeverFalls(Card card, Offer offer, Rights rights, uint32 asOf) external view {
        uint256 consumed = Exits.consumedAt(merchant, card, offer, rights, asOf);
        assert(consumed >= card.consumed());
        if (!offer.isPass()) assert(consumed == card.consumed());
    }

    /// @notice Once service has ended, the run-off decides before any other rule, and takes nothing. Where a program charges no fees
    /// there is none, and cooling-off takes nothing.
    function check_LeavingByRule(Card card, Offer offer, Rights rights, uint32 asOf, uint256 stopsAt) external view {
        if (offer.has(Offers.CHARGES_FEES)) return;
        uint256 consumed = card.consumed();
        (ExitRule rule, uint256 own, uint256 fee) = Exits.holderRefund(
            merchant,
            card,
            offer,
            rights,
            MerchantStatus.Active,
            consumed,
            asOf,
            stopsAt,
            block.timestamp
        );
        assert(fee == 0);
        assert((rule == ExitRule.RunOff) == (block.timestamp >= stopsAt));
        if (rule == ExitRule.RunOff || rule == ExitRule.CoolingOff) {
            assert(own == Exits.remainingAfter(card, offer, consumed));
        }
    }

    /// @notice A card that closes is closed for ever: its slot is kept, with its nonce, its amounts and its dates; or, once
    /// everybody is refunded at the end of a run-off, it is empty.
    function check_ClosedCardsStayClosed(Card card, Timeline timeline, uint8 rawRule) external {
        if (rawRule > uint8(type(ExitRule).max)) return;
        merchant.timeline = timeline;
        Card closed = Exits.closed(card, ExitRule(rawRule), merchant);
        assert(!closed.isOpen());
        if (Card.unwrap(closed) == 0) return;
        assert(closed.nonce() == card.nonce());
        assert(closed.principal() == card.principal() && closed.consumed() == card.consumed());
        assert(closed.openedAt() == card.openedAt() && closed.exitRequestedAt() == card.exitRequestedAt());
    }
}
