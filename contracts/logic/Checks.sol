// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CardStatus, IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Card} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowState, Merchant} from "../types/EscrowState.sol";

/// @title Checks that the core and its libraries share
library Checks {
    /// @notice The effective status: a stored suspension lapses by itself.
    function effectiveStatus(Merchant storage m, MerchantStatus status) internal view returns (MerchantStatus) {
        if (status != MerchantStatus.Suspended) return status;
        return block.timestamp < m.timeline.suspendedUntil() ? status : MerchantStatus.Active;
    }

    /// @notice Refuses an account that cannot use the merchant's money: zero, the escrow, a vault or the token.
    function requireUsable(EscrowState storage self, address token, address account) internal view {
        require(
            account != address(0) && account != address(this) && account != token && !self.isVault[account],
            IPrepaidEscrow.RecipientForbidden(account)
        );
    }

    /// @notice Refuses a call that the merchant's status does not allow.
    function requireStatus(bool allowed, uint32 merchantId, MerchantStatus status) internal pure {
        require(allowed, IPrepaidEscrow.MerchantStatusForbids(merchantId, status));
    }

    /// @notice Refuses a caller that is no operator of the merchant.
    function requireOperator(Merchant storage m, uint32 merchantId) internal view {
        require(m.operators[msg.sender], IPrepaidEscrow.MerchantOperatorOnly(merchantId, msg.sender));
    }

    /// @notice Refuses a serial that leaves a gap: a gap would hide later cards from `findCards`.
    function requireNextSerial(
        EscrowState storage self,
        address holder,
        uint32 programId,
        uint64 serial
    ) internal view {
        if (serial == 0) return;
        bytes32 previous = CardId.encode(holder, programId, serial - 1);
        require(self.cards[previous].card.status() != CardStatus.None, IPrepaidEscrow.CardSerialNotNext(previous));
    }

    /// @notice Reads an open card. Refuses any other card.
    function requireOpenCard(EscrowState storage self, bytes32 cardId) internal view returns (Card card) {
        card = self.cards[cardId].card;
        require(card.isOpen(), IPrepaidEscrow.CardNotOpen(cardId, card.status()));
    }
}
