// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Checks} from "../logic/Checks.sol";
import {EscrowStorage, Merchant} from "../types/EscrowState.sol";
import {Timeline} from "../types/Timeline.sol";

/// @title Suspension, run-off and default
/// @notice The acts of a regulator, and the orderly closing of a merchant. Linked to the escrow and working on its storage. Nothing
/// here moves money or reads a card: an act costs the same for ten cards and for ten million.
library Supervision {
    /// @notice Length of a suspension in seconds, and of the time after it in which no other can follow.
    uint256 internal constant SUSPENSION = 90 days;

    function suspend(uint32 merchantId, bytes32 evidence) external {
        (Merchant storage m, MerchantStatus status) = _merchant(merchantId);
        Checks.requireStatus(status == MerchantStatus.Active, merchantId, status);
        Timeline timeline = m.timeline;
        // A merchant that was never suspended has zero here: 1970 is long enough ago.
        _requireFrom(merchantId, timeline.suspendedUntil() + SUSPENSION);
        uint256 until = block.timestamp + SUSPENSION;
        m.pool = m.pool.withStatus(MerchantStatus.Suspended);
        m.timeline = timeline.withSuspendedUntil(until);
        emit IPrepaidEscrow.MerchantSuspended(merchantId, until, evidence);
    }

    function resume(uint32 merchantId) external {
        (Merchant storage m, MerchantStatus status) = _merchant(merchantId);
        Checks.requireStatus(status == MerchantStatus.Suspended, merchantId, status);
        m.pool = m.pool.withStatus(MerchantStatus.Active);
        m.timeline = m.timeline.withSuspendedUntil(block.timestamp);
        emit IPrepaidEscrow.MerchantResumed(merchantId, block.timestamp);
    }

    function startRunOff(uint32 merchantId, uint32 lastServiceAt) external {
        (Merchant storage m, MerchantStatus status) = _merchant(merchantId);
        bool byRegulator = msg.sender != m.owner;
        Checks.requireStatus(
            status == MerchantStatus.Active || (status == MerchantStatus.Suspended && byRegulator),
            merchantId,
            status
        );
        uint256 noticeEndsAt = block.timestamp + EscrowStorage.state().policies[m.registration.policyId()].runOffNotice;
        require(
            lastServiceAt >= block.timestamp && lastServiceAt <= noticeEndsAt,
            IPrepaidEscrow.MerchantTimeOutOfRange(merchantId, lastServiceAt, block.timestamp, noticeEndsAt)
        );
        m.pool = m.pool.withStatus(MerchantStatus.RunOff);
        m.timeline = m.timeline.withLastServiceAt(lastServiceAt).withNoticeEndsAt(noticeEndsAt).withRestored(
            MerchantStatus.RunOff
        );
        emit IPrepaidEscrow.RunOffStarted(merchantId, lastServiceAt, noticeEndsAt);
    }

    function closeMerchant(uint32 merchantId) external {
        (Merchant storage m, MerchantStatus status) = _merchant(merchantId);
        Checks.requireStatus(status == MerchantStatus.RunOff, merchantId, status);
        _requireFrom(merchantId, m.timeline.noticeEndsAt());
        uint256 outstanding = m.pool.outstanding();
        require(outstanding == 0, IPrepaidEscrow.MerchantOutstandingLeft(merchantId, outstanding));
        m.pool = m.pool.withStatus(MerchantStatus.Closed);
        m.timeline = m.timeline.withRestored(MerchantStatus.Closed);
        emit IPrepaidEscrow.MerchantClosed(merchantId);
    }

    function withdrawDefault(uint32 merchantId) external {
        (Merchant storage m, MerchantStatus status) = _merchant(merchantId);
        Checks.requireStatus(status == MerchantStatus.Defaulted, merchantId, status);
        Timeline timeline = m.timeline;
        require(timeline.withdrawnAt() == 0, IPrepaidEscrow.MerchantFlagStands(merchantId));
        require(
            block.timestamp < timeline.windowEndsAt(),
            IPrepaidEscrow.MerchantSettlementClosed(merchantId, block.timestamp, timeline.windowEndsAt())
        );
        uint256 pausedFor = block.timestamp - timeline.flaggedAt();
        timeline = timeline.withWithdrawnAt(block.timestamp).withPausedFor(pausedFor);
        if (timeline.restored() == MerchantStatus.Suspended) {
            timeline = timeline.withSuspendedUntil(block.timestamp + SUSPENSION);
        }
        m.pool = m.pool.withStatus(timeline.restored());
        m.timeline = timeline;
        emit IPrepaidEscrow.DefaultWithdrawn(
            merchantId,
            timeline.restored(),
            timeline.suspendedUntil(),
            block.timestamp
        );
    }

    function _requireFrom(uint32 merchantId, uint256 notBefore) private view {
        require(block.timestamp >= notBefore, IPrepaidEscrow.MerchantTooEarly(merchantId, block.timestamp, notBefore));
    }

    /// @dev The merchant and its effective status.
    function _merchant(uint32 merchantId) private view returns (Merchant storage m, MerchantStatus status) {
        m = EscrowStorage.state().merchants[merchantId];
        status = Checks.effectiveStatus(m, m.pool.status());
        require(status != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
    }
}
