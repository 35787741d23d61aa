// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, MerchantStatus} from "../../../contracts/interfaces/IPrepaidEscrow.sol";
import {Exits} from "../../../contracts/logic/Exits.sol";
import {Card} from "../../../contracts/types/Card.sol";
import {Merchant} from "../../../contracts/types/EscrowState.sol";
import {Offer} from "../../../contracts/types/Offer.sol";
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

    /// @notice Time never counts beyond the pending request (now, if there is none), the last day of service or the stop of service;
    /// and it counts up to the earliest of them.
    function check_ServiceUntilTheEarliest(Timeline timeline, uint8 rawStatus, uint32 since) external view {
        if (rawStatus > uint8(type(MerchantStatus).max)) return;
        MerchantStatus status = MerchantStatus(rawStatus);
        uint256 asked = since == 0 ? block.timestamp : since;
        uint256 until = Exits.servedUntil(since, Exits.serviceStopsAt(timeline, status));
        uint256 lastServiceAt = timeline.lastServiceAt();
        bool flagged = status == MerchantStatus.Defaulted;
        assert(until <= asked);
        if (lastServiceAt != 0) assert(until <= lastServiceAt);
        if (flagged) assert(until <= timeline.serviceStoppedAt());
        assert(
            until == asked ||
                (lastServiceAt != 0 && until == lastServiceAt) ||
                (flagged && until == timeline.serviceStoppedAt())
        );
    }

    /* CLOSING */

    /// @notice Closing in full splits what remained between holder and merchant, to the last unit, and a card that is no pass
    /// releases nothing by closing.
    function check_ClosingInFullConserves(Card card, Offer offer, uint32 servedUntil) external pure {
        uint256 remaining = Exits.remaining(card, offer);
        (uint256 consumed, uint256 released, uint256 refund) = Exits.closeInFull(card, offer, servedUntil);
        unchecked {
            assert(released + refund == remaining);
        }
        assert(consumed >= card.consumed());
        if (!offer.isPass()) assert(released == 0 && consumed == card.consumed());
    }

    /// @notice By every rule the released, refunded and forfeited amounts together are what remained. At issuer's cause nothing is
    /// forfeited; once service has ended, the run-off decides before any other rule.
    function check_LeavingConserves(
        Card card,
        Offer offer,
        Rights rights,
        uint32 since,
        uint256 stopsAt
    ) external view {
        (ExitRule rule, uint256 refund, uint256 forfeited) = Exits.quote(card, offer, rights, since, stopsAt);
        (, uint256 released, ) = Exits.closeInFull(card, offer, Exits.servedUntil(since, stopsAt));
        unchecked {
            assert(released + refund + forfeited == Exits.remaining(card, offer));
        }
        if (rule != ExitRule.Unilateral && rule != ExitRule.NoObjection) assert(forfeited == 0);
        assert((rule == ExitRule.RunOff) == (block.timestamp >= stopsAt));
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
