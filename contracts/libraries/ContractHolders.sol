// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ContractConsumption, IPrepaidEscrow, SkipReason} from "../interfaces/IPrepaidEscrow.sol";
import {CardId} from "./CardId.sol";
import {Card, CardSlot, EscrowState, EscrowStorage, Merchant, Offer, Pool} from "./EscrowState.sol";
import {Settling} from "./Settling.sol";
import {Signatures} from "./Signatures.sol";
import {TypedData} from "./TypedData.sol";

/// @title Settling with contract holders
/// @notice The rare way of `settle`, for holders that are contracts (ERC-1271). Linked to the escrow and working on its storage.
library ContractHolders {
    function settle(bytes32 domainSeparator, uint32 merchantId, ContractConsumption[] calldata rows) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = self.merchants[merchantId];
        Pool pool = m.pool;
        Settling.requireSettler(m, merchantId, pool.status(), msg.sender);
        uint256 released = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            ContractConsumption calldata row = rows[i];
            Offer offer = self.programs[CardId.programIdOf(row.cardId)].offer;
            CardSlot storage slot = self.cards[row.cardId];
            Card card = slot.card;
            (bool bookable, SkipReason reason) = Settling.check(merchantId, offer, card, row.cumulative);
            if (bookable) {
                bytes32 structHash = TypedData.hashConsumption(row.cardId, row.cumulative, row.receipt);
                bytes32 digest = TypedData.digest(domainSeparator, structHash);
                bookable = Signatures.isValid(CardId.holderOf(row.cardId), digest, row.signature);
            }
            if (bookable) {
                released += Settling.book(slot, merchantId, offer, row.cardId, card, row.cumulative, row.receipt);
            } else {
                emit IPrepaidEscrow.ConsumptionSkipped(row.cardId, reason);
            }
        }
        pool = Settling.fall(m, merchantId, pool, pool.outstanding() - released);
        m.pool = pool;
        emit IPrepaidEscrow.PoolUpdated(merchantId, pool.outstanding(), pool.balance());
    }
}
