// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {
    DepositRule,
    DepositView,
    DistributionView,
    IDepositRegister,
    RuleView,
    SuretyView
} from "../interfaces/IDepositRegister.sol";
import {MerchantStatus, MerchantView} from "../interfaces/IPrepaidEscrow.sol";
import {StandingWarning, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {Accounts} from "../register/Accounts.sol";
import {Distributions} from "../register/Distributions.sol";
import {Account, Distribution, RegisterState, RegisterStorage} from "../register/RegisterState.sol";
import {ReportBook, Reports} from "../register/Reports.sol";

/// @title Views of the deposit register
/// @notice The views of the register. Linked to it and working on its storage.
library RegisterViews {
    using Accounts for Account;
    using Distributions for Distribution;
    using Distributions for RegisterState;
    using SafeCast for uint256;

    function rule(uint32 merchantId) external view returns (RuleView memory view_) {
        Account storage account = _known(merchantId);
        (view_.rule, view_.since) = account.ruleNow();
        view_.cureBy = account.cureBy;
        if (block.timestamp < account.nextRuleAt) {
            (view_.nextRule, view_.nextRuleAt) = (account.nextRule, account.nextRuleAt);
        }
    }

    function depositOf(uint32 merchantId) external view returns (DepositView memory) {
        Account storage account = _known(merchantId);
        (DepositRule memory rule_, ) = account.ruleNow();
        ReportBook memory book = account.reports;
        Reports.settle(book, block.timestamp);
        return
            DepositView({
                deposit: account.deposit,
                required: account.required(),
                reported: book.reported,
                reportedAsOf: book.asOf,
                lastAsOf: account.lastAsOf().toUint32(),
                reportDueAt: account.reportDueAt(rule_),
                nextReported: book.next.amount,
                nextActsAt: book.next.actsAt,
                laterReported: book.later.amount,
                laterActsAt: book.later.actsAt,
                certified: book.certified,
                certifiedAsOf: book.certifiedAsOf,
                vault: _register().depositVaultOf(merchantId)
            });
    }

    function surety(uint32 merchantId) external view returns (SuretyView memory) {
        Account storage account = _known(merchantId);
        return
            SuretyView({
                named: account.suretyNamed,
                party: account.suretyParty,
                amount: account.surety,
                counted: account.countedSurety(),
                endsAt: account.suretyEndsAt,
                bound: RegisterStorage.state().isBound(merchantId, _register().escrow().merchant(merchantId)),
                vault: _register().suretyVaultOf(merchantId)
            });
    }

    function distribution(uint32 merchantId) external view returns (DistributionView memory view_) {
        MerchantView memory merchant = _register().escrow().merchant(merchantId);
        if (merchant.status != MerchantStatus.Defaulted) return view_;
        RegisterState storage self = RegisterStorage.state();
        Distribution storage d = self.underFlag(merchantId, merchant);
        view_.objections = d.objections;
        if (d.publishedAt == 0) return view_;
        (view_.objectionsEndAt, view_.opensAt) = d.periodsOf(merchant);
        (view_.root, view_.claims, view_.publishedAt) = (d.root, d.claims, d.publishedAt);
        (view_.counted, view_.paid, view_.drawn) = (d.counted, d.paid, d.drawn);
        view_.funded = Math.min(d.claims, self.fundsOf(merchantId, merchant));
    }

    function quoteClaim(
        uint32 merchantId,
        uint256 index,
        address account,
        uint256 amount
    ) external view returns (uint256 paid, uint256 due) {
        MerchantView memory merchant = _register().escrow().merchant(merchantId);
        if (merchant.status != MerchantStatus.Defaulted) return (0, 0);
        RegisterState storage self = RegisterStorage.state();
        Distribution storage d = self.underFlag(merchantId, merchant);
        paid = d.paidOn[Distributions.leafOf(index, account, amount)];
        uint256 counted = paid == 0 ? Math.saturatingAdd(d.counted, amount) : d.counted;
        if (counted > d.claims) return (paid, 0);
        due = Distributions.share(amount, self.fundsOf(merchantId, merchant), d.claims) - paid;
    }

    function warnings(uint32 merchantId) external view returns (StandingWarning[] memory standing) {
        uint256 raised = _known(merchantId).warnings;
        uint256 count = (raised & 1) + ((raised >> 1) & 1) + (raised >> 2);
        standing = new StandingWarning[](count);
        for (uint256 kind = uint256(WarningKind.ReportOverdue); count != 0; --kind) {
            if (raised & Accounts.bitOf(WarningKind(kind)) == 0) continue;
            standing[--count] = StandingWarning(WarningKind(kind), WarningLevel.Warning);
        }
    }

    function required(uint32 merchantId) external view returns (uint256) {
        return _known(merchantId).required();
    }

    /// @dev The register this code runs in.
    function _register() private view returns (IDepositRegister) {
        return IDepositRegister(address(this));
    }

    /// @dev The account of a merchant. The escrow reverts if it does not know the merchant.
    function _known(uint32 merchantId) private view returns (Account storage) {
        _register().escrow().merchant(merchantId);
        return RegisterStorage.state().accounts[merchantId];
    }
}
