// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {MerchantStatus, MerchantView} from "../interfaces/IPrepaidEscrow.sol";
import {Account, Distribution, RegisterState} from "./RegisterState.sol";

/// @title Distribution of a deposit
library Distributions {
    /// @notice Time to object to a list, in seconds.
    uint256 internal constant OBJECTION_PERIOD = 14 days;
    /// @notice Seconds without a list after which a default flag no longer holds a surety that has ended.
    uint256 internal constant SURETY_BINDING = 365 days;

    uint8 private constant FIRST_FLAG = 1;
    uint8 private constant SECOND_FLAG = 2;

    /// @notice Number of the flag that is up. A merchant can be flagged twice.
    function flagOf(MerchantView memory merchant) internal pure returns (uint8) {
        return merchant.withdrawnAt == 0 ? FIRST_FLAG : SECOND_FLAG;
    }

    /// @notice The distribution of the flag that is up.
    function underFlag(
        RegisterState storage self,
        uint32 merchantId,
        MerchantView memory merchant
    ) internal view returns (Distribution storage) {
        return self.distributions[merchantId][flagOf(merchant)];
    }

    /// @notice End of the time to object to a list, and start of its payment.
    function periodsOf(
        Distribution storage d,
        MerchantView memory merchant
    ) internal view returns (uint256 objectionsEndAt, uint256 opensAt) {
        objectionsEndAt = uint256(d.publishedAt) + OBJECTION_PERIOD;
        opensAt = Math.max(objectionsEndAt, merchant.windowEndsAt);
    }

    /// @notice Whether the flag that is up binds the surety: it was raised before the surety's end, and its claims are not open. After
    /// its end the surety stays bound while a list stands, or while less than `SURETY_BINDING` has passed without one. The end of a
    /// surety that was taken back has passed.
    function isBound(
        RegisterState storage self,
        uint32 merchantId,
        MerchantView memory merchant
    ) internal view returns (bool) {
        Account storage account = self.accounts[merchantId];
        uint256 endsAt = account.suretyEndsAt;
        if (merchant.status != MerchantStatus.Defaulted || merchant.flaggedAt >= endsAt) return false;
        if (account.paidOutUnder != 0) return false;
        Distribution storage d = underFlag(self, merchantId, merchant);
        if (d.suretyFree) return false;
        uint256 withoutListSince = Math.max(merchant.flaggedAt, d.objectedAt);
        return d.publishedAt != 0 || block.timestamp < Math.max(endsAt, withoutListSince + SURETY_BINDING);
    }

    /// @notice Deposit plus claims already paid plus the surety while it is bound, in token base units.
    function fundsOf(
        RegisterState storage self,
        uint32 merchantId,
        MerchantView memory merchant
    ) internal view returns (uint256) {
        Account storage account = self.accounts[merchantId];
        uint256 toDraw = isBound(self, merchantId, merchant) ? account.surety : 0;
        return uint256(account.deposit) + underFlag(self, merchantId, merchant).paid + toDraw;
    }

    /// @notice amount × min(1, funds ÷ claims), rounded down. Paid claims are part of the funds, so that the rate is the same for the
    /// first claim and the last, and never falls.
    /// @param amount Not above the claims.
    function share(uint256 amount, uint256 funds, uint256 claims) internal pure returns (uint256) {
        // 96 bits each.
        return funds >= claims ? amount : (amount * funds) / claims;
    }

    /// @notice The leaf of a claim. It is hashed twice, so that no inner node of the tree is a leaf.
    function leafOf(uint256 index, address account, uint256 amount) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
    }
}
