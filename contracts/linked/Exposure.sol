// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {IWarnings, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {Checks} from "../logic/Checks.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowState, EscrowStorage, Exposed, Merchant} from "../types/EscrowState.sol";

/// @title The `HolderExposure` warning
/// @notice No contract can find all cards of a holder. Anyone who knows them may bring their ids, and this library adds up their
/// principal. Linked to the escrow and working on its storage.
library Exposure {
    /// @notice Seconds until the same or a lower sum can be reported again.
    uint256 internal constant REPEAT_AFTER = 30 days;

    function reportHolderExposure(uint32 merchantId, bytes32[] calldata cardIds) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = self.merchants[merchantId];
        require(m.pool.status() != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
        uint256 principal = 0;
        bytes32 previous = bytes32(0);
        for (uint256 i = 0; i < cardIds.length; ++i) {
            bytes32 cardId = cardIds[i];
            bool next = i == 0 || (cardId > previous && CardId.holderOf(cardId) == CardId.holderOf(previous));
            require(next, IPrepaidEscrow.ExposureCardsUnordered(cardId, previous));
            require(
                self.programs[CardId.programIdOf(cardId)].offer.merchantId() == merchantId,
                IPrepaidEscrow.CardOtherMerchant(cardId, merchantId)
            );
            principal += Checks.requireOpenCard(self, cardId).principal();
            previous = cardId;
        }
        uint256 limit = self.policies[m.registration.policyId()].maxHolderExposure;
        require(limit != 0 && principal > limit, IPrepaidEscrow.ExposureWithinLimit(principal, limit));
        address holder = CardId.holderOf(previous);
        Exposed storage last = m.exposures[holder];
        require(
            principal > last.principal || block.timestamp >= last.repeatableFrom,
            IPrepaidEscrow.ExposureReported(principal, last.principal, last.repeatableFrom)
        );
        last.principal = SafeCast.toUint224(principal);
        last.repeatableFrom = SafeCast.toUint32(block.timestamp + REPEAT_AFTER);
        emit IWarnings.WarningRaised(
            merchantId,
            WarningKind.HolderExposure,
            cardIds[0],
            principal,
            limit,
            WarningLevel.Warning
        );
    }
}
