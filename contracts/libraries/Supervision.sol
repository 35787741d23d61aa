// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Checks} from "./Checks.sol";
import {EscrowState, Merchant, Timeline} from "./EscrowState.sol";

/// @title Suspension, run-off and default
/// @notice What a regulator can do to a merchant, and how a merchant closes in order. Linked to the escrow and working on its
/// storage. Nothing here moves money or looks at a card: each act costs the same for ten cards and for ten million.
library Supervision {
    /// @notice How long a suspension lasts, and how long no new one can follow it.
    uint256 internal constant SUSPENSION = 90 days;

    function suspend(EscrowState storage self, uint32 merchantId, bytes32 evidence) external {
        (Merchant storage m, MerchantStatus status) = _merchant(self, merchantId);
        require(status == MerchantStatus.Active, IPrepaidEscrow.MerchantStatusForbids(merchantId, status));
        uint256 last = m.timeline.suspendedUntil;
        require(
            last == 0 || block.timestamp >= last + SUSPENSION,
            IPrepaidEscrow.MerchantTooEarly(merchantId, block.timestamp, last + SUSPENSION)
        );
        uint256 until = block.timestamp + SUSPENSION;
        m.pool.status = MerchantStatus.Suspended;
        m.timeline.suspendedUntil = uint32(until);
        emit IPrepaidEscrow.MerchantSuspended(merchantId, until, evidence);
    }

    function resume(EscrowState storage self, uint32 merchantId) external {
        (Merchant storage m, MerchantStatus status) = _merchant(self, merchantId);
        require(status == MerchantStatus.Suspended, IPrepaidEscrow.MerchantStatusForbids(merchantId, status));
        m.pool.status = MerchantStatus.Active;
        m.timeline.suspendedUntil = uint32(block.timestamp);
        emit IPrepaidEscrow.MerchantResumed(merchantId);
    }

    function startRunOff(EscrowState storage self, uint32 merchantId, uint32 lastServiceAt, bool byOwner) external {
        (Merchant storage m, MerchantStatus status) = _merchant(self, merchantId);
        bool allowed = status == MerchantStatus.Active || (status == MerchantStatus.Suspended && !byOwner);
        require(allowed, IPrepaidEscrow.MerchantStatusForbids(merchantId, status));
        uint256 noticeEndsAt = block.timestamp + self.policies[m.registration.policyId].runOffNotice;
        require(
            lastServiceAt >= block.timestamp && lastServiceAt <= noticeEndsAt,
            IPrepaidEscrow.MerchantTimeOutOfRange(merchantId, lastServiceAt, block.timestamp, noticeEndsAt)
        );
        m.pool.status = MerchantStatus.RunOff;
        m.timeline.lastServiceAt = lastServiceAt;
        m.timeline.noticeEndsAt = SafeCast.toUint32(noticeEndsAt);
        m.timeline.restored = MerchantStatus.RunOff;
        emit IPrepaidEscrow.RunOffStarted(merchantId, lastServiceAt, noticeEndsAt);
    }

    function closeMerchant(EscrowState storage self, uint32 merchantId) external {
        (Merchant storage m, MerchantStatus status) = _merchant(self, merchantId);
        require(status == MerchantStatus.RunOff, IPrepaidEscrow.MerchantStatusForbids(merchantId, status));
        uint256 noticeEndsAt = m.timeline.noticeEndsAt;
        require(
            block.timestamp >= noticeEndsAt,
            IPrepaidEscrow.MerchantTooEarly(merchantId, block.timestamp, noticeEndsAt)
        );
        uint256 outstanding = m.pool.outstanding;
        require(outstanding == 0, IPrepaidEscrow.MerchantOutstandingLeft(merchantId, outstanding));
        m.pool.status = MerchantStatus.Closed;
        m.timeline.restored = MerchantStatus.Closed;
        emit IPrepaidEscrow.MerchantClosed(merchantId);
    }

    function flagDefault(
        EscrowState storage self,
        uint32 merchantId,
        uint32 serviceStoppedAt,
        bytes32 evidence
    ) external {
        (Merchant storage m, MerchantStatus status) = _merchant(self, merchantId);
        require(status != MerchantStatus.Defaulted, IPrepaidEscrow.MerchantStatusForbids(merchantId, status));
        require(
            serviceStoppedAt <= block.timestamp,
            IPrepaidEscrow.MerchantTimeOutOfRange(merchantId, serviceStoppedAt, 0, block.timestamp)
        );
        uint256 windowEndsAt = block.timestamp + self.policies[m.registration.policyId].finalSettlement;
        bool withdrawable = m.timeline.withdrawnAt == 0;
        m.pool.status = MerchantStatus.Defaulted;
        m.timeline.serviceStoppedAt = serviceStoppedAt;
        m.timeline.flaggedAt = uint32(block.timestamp);
        m.timeline.windowEndsAt = uint32(windowEndsAt);
        emit IPrepaidEscrow.DefaultFlagged(merchantId, serviceStoppedAt, windowEndsAt, withdrawable, evidence);
    }

    function withdrawDefault(EscrowState storage self, uint32 merchantId) external {
        (Merchant storage m, MerchantStatus status) = _merchant(self, merchantId);
        require(status == MerchantStatus.Defaulted, IPrepaidEscrow.MerchantStatusForbids(merchantId, status));
        Timeline memory timeline = m.timeline;
        require(timeline.withdrawnAt == 0, IPrepaidEscrow.MerchantFlagStands(merchantId));
        require(
            block.timestamp < timeline.windowEndsAt,
            IPrepaidEscrow.MerchantSettlementClosed(merchantId, block.timestamp, timeline.windowEndsAt)
        );
        uint256 suspendedUntil = timeline.suspendedUntil;
        if (timeline.restored == MerchantStatus.Suspended) {
            suspendedUntil = block.timestamp + SUSPENSION;
            m.timeline.suspendedUntil = uint32(suspendedUntil);
        }
        m.pool.status = timeline.restored;
        m.timeline.withdrawnAt = uint32(block.timestamp);
        // A window lasts 30 days at most, which fits 24 bits.
        m.timeline.pausedFor = uint24(block.timestamp - timeline.flaggedAt);
        emit IPrepaidEscrow.DefaultWithdrawn(merchantId, timeline.restored, suspendedUntil);
    }

    /// @dev The merchant and its effective status: a suspension lapses by itself.
    function _merchant(
        EscrowState storage self,
        uint32 merchantId
    ) private view returns (Merchant storage m, MerchantStatus status) {
        m = self.merchants[merchantId];
        status = Checks.effectiveStatus(m, m.pool.status);
        require(status != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
    }
}
