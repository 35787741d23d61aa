// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {CardStatus, IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Checks} from "../logic/Checks.sol";
import {Exits} from "../logic/Exits.sol";
import {Extension} from "../logic/Extension.sol";
import {PendingMoves} from "../logic/PendingMoves.sol";
import {Card, Cards, CardSlot} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowState, EscrowStorage, Merchant, Move, Recovery} from "../types/EscrowState.sol";
import {Offer} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {Rights} from "../types/Rights.sol";

/// @title Moves
/// @notice A card goes to another holder at the request of its holder, or of the recovery address the holder has named. Linked to the
/// escrow and working on its storage. The merchant has the exit delay to settle the visits that are signed, or consents to an
/// earlier move. The slot is copied unchanged, so that no visit is dodged and no date restarts.
library Moves {
    /// @notice Seconds before a recovery address can move a card. A holder whose key is not lost can end the move in this time.
    uint256 internal constant RECOVERY_DELAY = 30 days;

    function requestMove(bytes32 cardId, address to) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        address holder = CardId.holderOf(cardId);
        bool byHolder = msg.sender == holder;
        Recovery memory recovery = self.recoveries[holder];
        require(byHolder || msg.sender == recovery.account, IPrepaidEscrow.CardHolderOnly(cardId, msg.sender, holder));
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        uint32 merchantId = offer.merchantId();
        (MerchantStatus status, uint256 since) = _movable(m, card, offer, rights);
        uint256 exitDelay = rights.exitDelay();
        require(!card.has(Cards.DISPUTED), IPrepaidEscrow.CardInDispute(cardId, card.disputeKind()));
        if (since != 0) {
            // The request of a pass does not lapse. If the key is lost, nobody can cancel it.
            uint256 yieldsAt = Exits.lapsesAt(since, since + exitDelay, exitDelay, m.timeline);
            require(
                !byHolder && offer.isPass() && block.timestamp >= yieldsAt,
                IPrepaidEscrow.CardExitPending(cardId, since + exitDelay)
            );
            uint256 stopsAt = Exits.serviceStopsAt(m.timeline, status);
            card = Extension.extendedSince(m, merchantId, cardId, card.withExitRequestedAt(0), rights, since, stopsAt);
        }
        Checks.requireUsable(self, m.registration.token(), to);
        Move storage move = self.moves[cardId];
        require(
            !PendingMoves.isPending(self, cardId, card, m.timeline, status) || (byHolder && move.asRecovery != 0),
            IPrepaidEscrow.CardMovePending(cardId, move.notBefore)
        );
        uint256 notBefore;
        unchecked {
            // Times have 32 bits, periods 24.
            notBefore = block.timestamp + (byHolder ? exitDelay : RECOVERY_DELAY);
        }
        self.moves[cardId] = Move({
            to: to,
            requestedAt: uint32(block.timestamp),
            notBefore: SafeCast.toUint32(notBefore),
            asRecovery: byHolder ? 0 : recovery.naming
        });
        card = card.with(Cards.MOVING);
        // A recovery address must not void requests that the holder has signed.
        if (byHolder) card = card.withNextNonce();
        self.cards[cardId].card = card;
        emit IPrepaidEscrow.MoveRequested(
            merchantId,
            cardId,
            to,
            msg.sender,
            notBefore,
            notBefore + exitDelay,
            card.nonce()
        );
    }

    function consentMove(bytes32 cardId, uint8 nonce) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        (Merchant storage m, uint32 merchantId, Rights rights) = _moving(self, cardId, card);
        Checks.requireOperator(m, merchantId);
        Move storage move = self.moves[cardId];
        require(move.asRecovery == 0, IPrepaidEscrow.CardMoveByRecovery(cardId));
        require(card.nonce() == nonce, IPrepaidEscrow.CardNonceMismatch(cardId, nonce, card.nonce()));
        // Consent can bring the lapse forward and never put it off, however often it is given.
        require(
            block.timestamp < move.notBefore,
            IPrepaidEscrow.CardMoveAlreadyDue(cardId, block.timestamp, move.notBefore)
        );
        (move.requestedAt, move.notBefore) = (uint32(block.timestamp), uint32(block.timestamp));
        emit IPrepaidEscrow.MoveConsented(
            merchantId,
            cardId,
            msg.sender,
            block.timestamp,
            block.timestamp + rights.exitDelay()
        );
    }

    function cancelMove(bytes32 cardId) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        address holder = CardId.holderOf(cardId);
        require(msg.sender == holder, IPrepaidEscrow.CardHolderOnly(cardId, msg.sender, holder));
        uint32 merchantId = self.programs[CardId.programIdOf(cardId)].offer.merchantId();
        Merchant storage m = self.merchants[merchantId];
        require(
            PendingMoves.isPending(self, cardId, card, m.timeline, m.pool.status()),
            IPrepaidEscrow.CardMoveNotRequested(cardId)
        );
        self.cards[cardId].card = card.without(Cards.MOVING);
        emit IPrepaidEscrow.MoveCancelled(merchantId, cardId, holder);
    }

    function executeMove(bytes32 cardId, uint64 serial) external returns (bytes32 newCardId) {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        (, uint32 merchantId, ) = _moving(self, cardId, card);
        Move memory move = self.moves[cardId];
        require(
            block.timestamp >= move.notBefore,
            IPrepaidEscrow.CardMoveTooEarly(cardId, block.timestamp, move.notBefore)
        );
        uint32 programId = CardId.programIdOf(cardId);
        newCardId = CardId.encode(move.to, programId, serial);
        CardSlot storage slot = self.cards[newCardId];
        require(slot.card.status() == CardStatus.None, IPrepaidEscrow.CardSerialTaken(newCardId));
        Checks.requireNextSerial(self, move.to, programId, serial);
        slot.card = card.without(Cards.MOVING);
        self.cards[cardId].card = card.closed();
        // The wait before another complaint goes with the card.
        uint32 complaintFrom = self.disputes[cardId].complaintFrom;
        if (complaintFrom != 0) self.disputes[newCardId].complaintFrom = complaintFrom;
        emit IPrepaidEscrow.CardMoved(merchantId, cardId, move.to, newCardId);
    }

    function setRecovery(address account) external {
        EscrowState storage self = EscrowStorage.state();
        require(account != address(this) && !self.isVault[account], IPrepaidEscrow.RecipientForbidden(account));
        Recovery storage recovery = self.recoveries[msg.sender];
        recovery.account = account;
        recovery.naming += 1;
        emit IPrepaidEscrow.RecoverySet(msg.sender, account);
    }

    /// @dev A pending move that can be executed. While one is pending there is no request to leave and no dispute: both end it.
    function _moving(
        EscrowState storage self,
        bytes32 cardId,
        Card card
    ) private view returns (Merchant storage m, uint32 merchantId, Rights rights) {
        Offer offer;
        (m, offer, rights) = Exits.origin(self, cardId);
        merchantId = offer.merchantId();
        (MerchantStatus status, ) = _movable(m, card, offer, rights);
        require(
            PendingMoves.isPending(self, cardId, card, m.timeline, status),
            IPrepaidEscrow.CardMoveNotRequested(cardId)
        );
    }

    /// @dev Refuses a card that its merchant's status does not allow to move. Once everybody is refunded, the slots of closed cards
    /// are cleared: no card may take their ids.
    /// @return status The merchant's.
    /// @return since When the pending request to leave was made; zero if none is pending.
    function _movable(
        Merchant storage m,
        Card card,
        Offer offer,
        Rights rights
    ) private view returns (MerchantStatus status, uint256 since) {
        Pool pool;
        (pool, since, ) = Exits.loadExit(m, card, offer, rights);
        status = pool.status();
        Checks.requireStatus(!Exits.refundsOpen(m.timeline, status), offer.merchantId(), status);
    }
}
