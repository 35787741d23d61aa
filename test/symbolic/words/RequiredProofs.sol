// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {DepositRule} from "../../../contracts/interfaces/IDepositRegister.sol";
import {Accounts} from "../../../contracts/register/Accounts.sol";
import {Account} from "../../../contracts/register/RegisterState.sol";
import {Rules} from "../../../contracts/register/Rules.sol";

/// @title What is asked of a merchant, for every rule, balance and surety
/// @dev Proved by Halmos on the compiled code; what `Rules.gross` is, is proved in `arithmetic/RuleProofs.sol`.
contract RequiredProofs {
    Account private account;

    /// @notice required = gross − counted surety, not below zero: surety and deposit together cover what the rule asks, and no more.
    /// A surety counts until 30 days before its end.
    function check_SuretyIsTakenOff(
        DepositRule calldata rule,
        uint96 reported,
        uint96 surety,
        uint32 suretyEndsAt
    ) external {
        account.rule = rule;
        account.reports.reported = reported;
        account.surety = surety;
        account.suretyEndsAt = suretyEndsAt;
        uint256 gross = Rules.gross(rule, reported);
        uint256 required = Accounts.required(account);
        uint256 counted = Accounts.countedSurety(account);
        bool counts = block.timestamp < uint256(suretyEndsAt) && suretyEndsAt - block.timestamp > 30 days;
        assert(counted == (counts ? surety : 0));
        assert(required == (gross > counted ? gross - counted : 0));
    }

    /// @notice An announced rule is in force from its moment on, and not before.
    function check_AnnouncedRuleTakesOver(
        DepositRule calldata rule,
        DepositRule calldata next,
        uint32 nextRuleAt,
        uint96 reported
    ) external {
        account.rule = rule;
        account.nextRule = next;
        account.nextRuleAt = nextRuleAt;
        account.reports.reported = reported;
        bool announced = nextRuleAt != 0 && nextRuleAt <= block.timestamp;
        assert(Accounts.required(account) == Rules.gross(announced ? next : rule, reported));
    }
}
