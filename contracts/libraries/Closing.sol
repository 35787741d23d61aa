// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, IPrepaidEscrow} from "../interfaces/IPrepaidEscrow.sol";
import {Merchant, Pool} from "./EscrowState.sol";
import {Settling} from "./Settling.sol";

/// @title Closing cards
/// @notice What every way of closing a card books.
library Closing {
    /// @notice Books one closing; the card's slot is the caller's to close first, the refund the caller's to pay next.
    /// @param released What goes to the merchant, in token base units.
    /// @param refund What goes to the recipient, in token base units.
    function book(
        Merchant storage m,
        uint32 merchantId,
        bytes32 cardId,
        address recipient,
        ExitRule rule,
        uint256 released,
        uint256 refund
    ) internal {
        emit IPrepaidEscrow.CardRefunded(merchantId, cardId, recipient, rule, released, refund);
        storePool(m, merchantId, m.pool, released + refund, refund);
    }

    /// @notice Takes `closed`, what closing cards no longer claim, and `paid` of it out of a merchant's pool.
    function storePool(Merchant storage m, uint32 merchantId, Pool pool, uint256 closed, uint256 paid) internal {
        uint256 outstanding = pool.outstanding() - closed;
        uint256 balance = pool.balance() - paid;
        m.pool = Settling.reduceOutstanding(m, merchantId, pool.withBalance(balance), outstanding);
        emit IPrepaidEscrow.PoolUpdated(merchantId, outstanding, balance);
    }
}
