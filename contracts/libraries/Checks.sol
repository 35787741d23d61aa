// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {EscrowState, Merchant} from "./EscrowState.sol";

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
}
