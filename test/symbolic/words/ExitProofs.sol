// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, MerchantStatus} from "../../../contracts/interfaces/IPrepaidEscrow.sol";
import {Card, Offer, Rights, Timeline} from "../../../contracts/libraries/EscrowState.sol";
import {Exits} from "../../../contracts/libraries/Exits.sol";

/// @title Leaving, for every word that can be stored
/// @dev Proved by Halmos on the compiled code. Where a proof multiplies and divides, it needs only that the same division gives the
/// same result; what the results are is proved in `arithmetic/ReleaseProofs.sol`.
contract ExitProofs {
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

    /// @notice Time is never counted beyond the moment asked for, the last day of service or the stop of service; and it is
    /// counted to the earliest of them.
    function check_ServiceUntilTheEarliest(Timeline timeline, uint8 rawStatus, uint32 asked) external pure {
        if (rawStatus > uint8(type(MerchantStatus).max)) return;
        MerchantStatus status = MerchantStatus(rawStatus);
        uint256 until = Exits.serviceUntil(timeline, status, asked);
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

    /// @notice Whatever the rule, what is released, refunded and forfeited by leaving is what remained; at issuer's cause nothing
    /// is forfeited.
    function check_LeavingConserves(
        Card card,
        Offer offer,
        Rights rights,
        Timeline timeline,
        uint8 rawStatus,
        uint32 requestedAt
    ) external view {
        if (rawStatus > uint8(type(MerchantStatus).max)) return;
        MerchantStatus status = MerchantStatus(rawStatus);
        (ExitRule rule, , uint256 released, uint256 refund, uint256 forfeited) = Exits.quote(
            card,
            offer,
            rights,
            timeline,
            status,
            requestedAt
        );
        unchecked {
            assert(released + refund + forfeited == Exits.remaining(card, offer));
        }
        if (rule != ExitRule.Unilateral && rule != ExitRule.NoObjection) assert(forfeited == 0);
        if (status == MerchantStatus.Defaulted) assert(rule == ExitRule.Default);
    }

    /// @notice A card that closes is closed for ever: its slot is kept, with its nonce, its amounts and its dates; or, once
    /// everybody is refunded at the end of a run-off, it is empty.
    function check_ClosedCardsStayClosed(Card card, Timeline timeline, uint8 rawRule) external view {
        if (rawRule > uint8(type(ExitRule).max)) return;
        Card closed = Exits.closed(card, ExitRule(rawRule), timeline);
        assert(!closed.isOpen());
        if (Card.unwrap(closed) == 0) return;
        assert(closed.nonce() == card.nonce());
        assert(closed.principal() == card.principal() && closed.consumed() == card.consumed());
        assert(closed.openedAt() == card.openedAt() && closed.exitRequestedAt() == card.exitRequestedAt());
    }
}
