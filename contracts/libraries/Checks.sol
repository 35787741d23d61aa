// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CardStatus, IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {CardId} from "./CardId.sol";
import {Card, EscrowState, Merchant} from "./EscrowState.sol";

/// @title What the core and its libraries both ask
library Checks {
    /// @notice The status a stored one amounts to now: a suspension lapses by itself.
    function effectiveStatus(Merchant storage m, MerchantStatus status) internal view returns (MerchantStatus) {
        if (status != MerchantStatus.Suspended) return status;
        return block.timestamp < m.timeline.suspendedUntil() ? status : MerchantStatus.Active;
    }

    /// @notice Refuses an account that the merchant's money must not go to: zero, the escrow, a vault or the token.
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

    /// @notice Refuses a caller that is not one of the merchant's operators.
    function requireOperator(Merchant storage m, uint32 merchantId) internal view {
        require(m.operators[msg.sender], IPrepaidEscrow.MerchantOperatorOnly(merchantId, msg.sender));
    }

    /// @notice Refuses a serial that would leave a gap in those a holder searches.
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

    /// @notice An open card; refuses any other.
    function requireOpenCard(EscrowState storage self, bytes32 cardId) internal view returns (Card card) {
        card = self.cards[cardId].card;
        require(card.isOpen(), IPrepaidEscrow.CardNotOpen(cardId, card.status()));
    }
}
