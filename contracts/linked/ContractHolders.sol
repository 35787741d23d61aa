// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ContractVoucher, IPrepaidEscrow, SkipReason} from "../interfaces/IPrepaidEscrow.sol";
import {Settling} from "../logic/Settling.sol";
import {Signatures} from "../logic/Signatures.sol";
import {TypedData} from "../logic/TypedData.sol";
import {Card, CardSlot} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowState, EscrowStorage, Merchant} from "../types/EscrowState.sol";
import {Offer} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";

/// @title Settling with contract holders
/// @notice `settle` for holders that are contracts (ERC-1271). Linked to the escrow and working on its storage.
library ContractHolders {
    function settle(uint32 merchantId, ContractVoucher[] calldata vouchers) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = self.merchants[merchantId];
        Pool pool = m.pool;
        Settling.requireSettler(m, merchantId, pool.status(), msg.sender);
        bytes32 domainSeparator = TypedData.domainSeparator();
        uint256 released = 0;
        for (uint256 i = 0; i < vouchers.length; ++i) {
            ContractVoucher calldata voucher = vouchers[i];
            Offer offer = self.programs[CardId.programIdOf(voucher.cardId)].offer;
            CardSlot storage slot = self.cards[voucher.cardId];
            Card card = slot.card;
            (bool bookable, SkipReason reason) = Settling.check(merchantId, offer, card, voucher.cumulative);
            if (bookable) {
                bytes32 structHash = TypedData.hashConsumption(voucher.cardId, voucher.cumulative, voucher.receipt);
                bytes32 digest = TypedData.digest(domainSeparator, structHash);
                bookable = Signatures.isValid(CardId.holderOf(voucher.cardId), digest, voucher.signature);
            }
            if (bookable) {
                released += Settling.book(
                    slot,
                    merchantId,
                    offer,
                    voucher.cardId,
                    card,
                    voucher.cumulative,
                    voucher.receipt
                );
            } else {
                emit IPrepaidEscrow.ConsumptionSkipped(voucher.cardId, reason);
            }
        }
        pool = Settling.reduceOutstanding(m, merchantId, pool, pool.outstanding() - released);
        m.pool = pool;
        emit IPrepaidEscrow.PoolUpdated(merchantId, pool.outstanding(), pool.balance());
    }
}
