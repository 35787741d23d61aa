// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {CardStatus, IPrepaidEscrow, MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {CardId} from "./CardId.sol";
import {Checks} from "./Checks.sol";
import {Disputes} from "./Disputes.sol";
import {
    Card,
    Cards,
    CardSlot,
    EscrowState,
    EscrowStorage,
    Merchant,
    Move,
    Recovery,
    Rights,
    Timeline
} from "./EscrowState.sol";
import {Exits} from "./Exits.sol";

/// @title Moves
/// @notice A card goes to another holder: asked for by the holder, or by the recovery address the holder has named. Linked to the
/// escrow and working on its storage. The merchant has the exit delay, or says itself that it needs none, to settle what
/// is signed; the slot is copied as it is, so no consumption is dodged and no date restarts.
library Moves {
    /// @notice Seconds that a recovery address waits, for a holder whose key is not lost to object by any call.
    uint256 internal constant RECOVERY_DELAY = 30 days;

    function requestMove(bytes32 cardId, address to) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        address holder = CardId.holderOf(cardId);
        bool byHolder = msg.sender == holder;
        Recovery memory recovery = self.recoveries[holder];
        require(byHolder || msg.sender == recovery.account, IPrepaidEscrow.CardHolderOnly(cardId, msg.sender, holder));
        (uint32 merchantId, MerchantStatus status, , Rights rights, , uint256 since) = Exits.loadExit(
            self,
            cardId,
            card
        );
        Merchant storage m = self.merchants[merchantId];
        _requireMovable(m, merchantId, status);
        require(!card.has(Cards.DISPUTED), IPrepaidEscrow.CardInDispute(cardId, Disputes.kindOf(card)));
        require(since == 0, IPrepaidEscrow.CardExitPending(cardId, since + rights.exitDelay()));
        Checks.requireUsable(self, m.registration.token(), to);
        Move storage move = self.moves[cardId];
        require(
            !isPending(self, cardId, card, m.timeline, status) || (byHolder && move.asRecovery != 0),
            IPrepaidEscrow.CardMovePending(cardId, move.notBefore)
        );
        uint256 exitDelay = rights.exitDelay();
        uint256 notBefore = block.timestamp + (byHolder ? exitDelay : RECOVERY_DELAY);
        self.moves[cardId] = Move({
            to: to,
            requestedAt: uint32(block.timestamp),
            notBefore: SafeCast.toUint32(notBefore),
            asRecovery: byHolder ? 0 : recovery.naming
        });
        card = card.with(Cards.MOVING);
        // What a holder has signed is not for a recovery address to void.
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
        // Consent brings the lapse forward and never puts it off, however often it is given.
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
            isPending(self, cardId, card, m.timeline, m.pool.status()),
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
        // A wait for the next complaint goes with the card.
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

    /// @notice Whether a move of an open card is pending: asked for, not lapsed, and if by a recovery address, under the naming
    /// that stands.
    function isPending(
        EscrowState storage self,
        bytes32 cardId,
        Card card,
        Timeline timeline,
        MerchantStatus status
    ) internal view returns (bool) {
        if (!card.has(Cards.MOVING)) return false;
        Move memory move = self.moves[cardId];
        if (move.asRecovery != 0 && move.asRecovery != self.recoveries[CardId.holderOf(cardId)].naming) return false;
        return Exits.clock(timeline, status) < lapsesAt(self, cardId, move, timeline);
    }

    /// @notice When a pending move lapses.
    function lapsesAt(
        EscrowState storage self,
        bytes32 cardId,
        Move memory move,
        Timeline timeline
    ) internal view returns (uint256) {
        uint256 exitDelay = self.programs[CardId.programIdOf(cardId)].rights.exitDelay();
        return Exits.lapsesAt(move.requestedAt, move.notBefore, exitDelay, timeline);
    }

    /// @dev A pending move that can go on. While one is pending there is no request to leave and no dispute: both end it.
    function _moving(
        EscrowState storage self,
        bytes32 cardId,
        Card card
    ) private view returns (Merchant storage m, uint32 merchantId, Rights rights) {
        MerchantStatus status;
        (merchantId, status, , rights, , ) = Exits.loadExit(self, cardId, card);
        m = self.merchants[merchantId];
        _requireMovable(m, merchantId, status);
        require(isPending(self, cardId, card, m.timeline, status), IPrepaidEscrow.CardMoveNotRequested(cardId));
    }

    /// @dev Once everybody is refunded, the slots of closed cards are deleted: no card may take their ids.
    function _requireMovable(Merchant storage m, uint32 merchantId, MerchantStatus status) private view {
        Checks.requireStatus(!Exits.refundsOpen(m.timeline, status), merchantId, status);
    }
}
