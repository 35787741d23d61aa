// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {DepositRule} from "../interfaces/IDepositRegister.sol";
import {ReportBook} from "./Reports.sol";

/// @notice The register's storage.
struct RegisterState {
    mapping(uint256 merchantId => Account account) accounts;
    // A merchant is flagged at most twice: again only after the first flag was withdrawn.
    mapping(uint256 merchantId => mapping(uint256 flag => Distribution distribution)) distributions;
}

/// @title Place of the register's state
/// @notice The register and the library linked to it use the same place.
library RegisterStorage {
    /// @dev Above the slot that OpenZeppelin's base uses.
    uint256 private constant SLOT = 0x10;

    /// @notice The state of the register this code runs in.
    function state() internal pure returns (RegisterState storage self) {
        assembly ("memory-safe") {
            self.slot := SLOT
        }
    }
}

/// @notice A merchant's rule, reports, deposit and surety.
/// @param reportsSince Since when reports are required without a break; see `Accounts.reportsAskedSince`.
/// @param warnings One bit for each lasting kind, from `DepositShort` on.
/// @param paidOutUnder Number of the flag whose claims are open; zero while none are.
struct Account {
    // slot 0
    uint96 deposit;
    uint32 ruleSince;
    uint32 cureBy;
    uint32 nextRuleAt;
    uint32 reportsSince;
    uint8 warnings;
    uint8 paidOutUnder;
    // slots 1 and 2
    DepositRule rule;
    DepositRule nextRule;
    // slot 3
    address suretyParty;
    uint96 surety;
    // slot 4
    address suretyNamed;
    uint32 suretyEndsAt;
    // slots 5 to 8
    ReportBook reports;
}

/// @notice A distribution of a deposit under one flag.
/// @param counted Sum of the claims that were paid anything, in token base units.
/// @param drawn Taken from the surety and not given back, in token base units.
/// @param objectors One bit for each party that may object once and has objected.
/// @param suretyFree Whether this flag no longer binds the surety.
/// @param paidOn Paid on each claim, in token base units.
struct Distribution {
    // slot 0
    bytes32 root;
    // slot 1
    uint96 claims;
    uint96 counted;
    uint32 publishedAt;
    uint32 objectedAt;
    // slot 2
    uint96 paid;
    uint96 drawn;
    uint8 objections;
    uint8 objectors;
    bool suretyFree;
    mapping(bytes32 leaf => uint256 paid) paidOn;
}
