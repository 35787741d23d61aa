// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, MerchantStatus, SkipReason} from "../interfaces/IPrepaidEscrow.sol";
import {Card, CardSlot} from "../types/Card.sol";
import {Merchant} from "../types/EscrowState.sol";
import {Offer, Offers} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {CapWarning} from "./CapWarning.sol";
import {Checks} from "./Checks.sol";
import {Release} from "./Release.sol";

/// @title Booking consumption
/// @notice The checks and the bookkeeping that every way of settling shares.
library Settling {
    /// @notice Refuses a settler that is no operator. After a default flag anyone may settle until the window ends.
    function requireSettler(
        Merchant storage m,
        uint32 merchantId,
        MerchantStatus status,
        address settler
    ) internal view {
        if (status == MerchantStatus.Defaulted) {
            uint256 windowEndsAt = m.timeline.windowEndsAt();
            require(
                block.timestamp < windowEndsAt,
                IPrepaidEscrow.MerchantSettlementClosed(merchantId, block.timestamp, windowEndsAt)
            );
        } else {
            require(status != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
            Checks.requireStatus(status != MerchantStatus.Closed, merchantId, status);
            require(m.operators[settler], IPrepaidEscrow.MerchantOperatorOnly(merchantId, settler));
        }
    }

    /// @notice Whether a voucher can be booked if its signature is valid, and the reason to skip it if not.
    function check(
        uint32 merchantId,
        Offer offer,
        Card card,
        uint256 cumulative
    ) internal pure returns (bool bookable, SkipReason reason) {
        if (offer.merchantId() != merchantId) return (false, SkipReason.OtherMerchant);
        // Time consumes a pass. Where cooling-off asks that it is unused, its first visit is signed as one second.
        if (offer.isPass() && (cumulative != 1 || !offer.has(Offers.COOLING_OFF_REQUIRES_UNUSED))) {
            return (false, SkipReason.Pass);
        }
        if (!card.isOpen()) return (false, SkipReason.CardNotOpen);
        if (cumulative <= card.consumed()) return (false, SkipReason.Stale);
        if (cumulative > Release.face(card.principal(), offer.units())) return (false, SkipReason.OverFace);
        // Only the signature can still fail.
        return (true, SkipReason.BadSignature);
    }

    /// @notice Books a voucher that was checked and whose signature is valid.
    /// @return released Principal released by the voucher, in token base units. Rounded down together with the vouchers before it.
    function book(
        CardSlot storage slot,
        uint32 merchantId,
        Offer offer,
        bytes32 cardId,
        Card card,
        uint256 cumulative,
        bytes32 receipt
    ) internal returns (uint256 released) {
        slot.card = card.withConsumed(cumulative);
        uint256 principal = card.principal();
        uint256 units = offer.units();
        unchecked {
            // `cumulative` is above the booked consumption, and released principal never falls.
            released =
                Release.released(cumulative, principal, units) - Release.released(card.consumed(), principal, units);
        }
        emit IPrepaidEscrow.ConsumptionSettled(merchantId, cardId, released, cumulative, receipt);
    }

    /// @notice The pool with its outstanding balance reduced to `outstanding`, and its warning lowered if one is up. The caller stores
    /// it.
    function reduceOutstanding(
        Merchant storage m,
        uint32 merchantId,
        Pool pool,
        uint256 outstanding
    ) internal returns (Pool) {
        pool = pool.withOutstanding(outstanding);
        if (pool.capLevel() == 0) return pool;
        return
            CapWarning.lower(
                merchantId,
                pool,
                CapWarning.baseUnits(pool.outstandingCap(), m.registration.tokenDecimals())
            );
    }
}
