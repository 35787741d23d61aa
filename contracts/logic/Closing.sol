// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ExitRule, IPrepaidEscrow} from "../interfaces/IPrepaidEscrow.sol";
import {Merchant} from "../types/EscrowState.sol";
import {Pool} from "../types/Pool.sol";
import {Settling} from "./Settling.sol";

/// @title Closing cards
/// @notice The bookkeeping that every way of closing a card shares.
library Closing {
    /// @notice Books one closing. The caller closes the card's slot before and pays the refund after.
    /// @param pool The merchant's, as stored.
    /// @param released Goes to the merchant, in token base units.
    /// @param refund Goes to the recipient, in token base units.
    function book(
        Merchant storage m,
        uint32 merchantId,
        Pool pool,
        bytes32 cardId,
        address recipient,
        ExitRule rule,
        uint256 released,
        uint256 refund
    ) internal {
        emit IPrepaidEscrow.CardRefunded(merchantId, cardId, recipient, rule, released, refund);
        storePool(m, merchantId, pool, released + refund, refund);
    }

    /// @notice Takes `closed` off a merchant's outstanding balance and `paid` off its balance, and stores the pool.
    /// @param closed Principal that the closed cards no longer claim, in token base units.
    /// @param paid The part of it that goes to holders, in token base units.
    function storePool(Merchant storage m, uint32 merchantId, Pool pool, uint256 closed, uint256 paid) internal {
        uint256 outstanding = pool.outstanding() - closed;
        uint256 balance = pool.balance() - paid;
        m.pool = Settling.reduceOutstanding(m, merchantId, pool.withBalance(balance), outstanding);
        emit IPrepaidEscrow.PoolUpdated(merchantId, outstanding, balance);
    }
}
