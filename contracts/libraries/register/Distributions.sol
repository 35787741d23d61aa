// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {MerchantStatus, MerchantView} from "../../interfaces/IPrepaidEscrow.sol";
import {Account, Distribution, RegisterState} from "./RegisterState.sol";

/// @title How a deposit is shared out
library Distributions {
    /// @notice Seconds in which a list can be objected to.
    uint256 internal constant OBJECTION_PERIOD = 14 days;
    /// @notice Seconds without a list after which a default flag no longer holds a surety that has ended.
    uint256 internal constant SURETY_BINDING = 365 days;

    uint8 private constant FIRST_FLAG = 1;
    uint8 private constant SECOND_FLAG = 2;

    /// @notice The flag that is up, of the two there can be.
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

    /// @notice Until when a list can be objected to, and from when it is paid.
    function periodsOf(
        Distribution storage d,
        MerchantView memory merchant
    ) internal view returns (uint256 objectionsEndAt, uint256 opensAt) {
        objectionsEndAt = uint256(d.publishedAt) + OBJECTION_PERIOD;
        opensAt = Math.max(objectionsEndAt, merchant.windowEndsAt);
    }

    /// @notice Whether the flag that is up binds the surety: raised before its end and its claims not open. What holds it beyond
    /// its end is a list, or that no year has gone by without one. Of a surety taken back the end has passed.
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

    /// @notice What there is for the claims and was: with the surety as far as it still answers for them.
    function fundsOf(
        RegisterState storage self,
        uint32 merchantId,
        MerchantView memory merchant
    ) internal view returns (uint256) {
        Account storage account = self.accounts[merchantId];
        uint256 toDraw = isBound(self, merchantId, merchant) ? account.surety : 0;
        return uint256(account.deposit) + underFlag(self, merchantId, merchant).paid + toDraw;
    }

    /// @notice amount × min(1, funds ÷ claims), rounded down. What was paid out as claims is part of the funds, so that the rate
    /// is the same for the first and for the last, and never falls.
    /// @param amount Not above the claims.
    function share(uint256 amount, uint256 funds, uint256 claims) internal pure returns (uint256) {
        // 96 bits each.
        return funds >= claims ? amount : (amount * funds) / claims;
    }

    /// @notice The leaf of a claim. Hashed twice, so that no inner node of the tree passes for one.
    function leafOf(uint256 index, address account, uint256 amount) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
    }
}
