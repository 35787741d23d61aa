// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IWarnings, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {Pool} from "../types/Pool.sol";

/// @title The `OutstandingCap` warning
/// @notice Raised when the outstanding balance passes 90 % (notice) and 100 % (warning) of the cap. Each level ends 5 points below
/// its threshold, so that a balance at the limit does not raise and clear it again and again.
library CapWarning {
    /// @dev Levels, as stored in the pool.
    uint256 private constant DOWN = 0;
    uint256 private constant NOTICE = 1;
    uint256 private constant WARNING = 2;

    /// @notice Converts a cap from whole tokens to base units.
    function baseUnits(uint256 cap, uint256 tokenDecimals) internal pure returns (uint256) {
        return cap * 10 ** tokenDecimals;
    }

    /// @notice The pool with the warning raised, if the outstanding balance calls for a higher level.
    /// @param cap Not zero; in base units.
    function raise(uint32 merchantId, Pool pool, uint256 cap) internal returns (Pool) {
        uint256 outstanding = pool.outstanding();
        if (outstanding > cap) {
            return pool.capLevel() == WARNING ? pool : _set(merchantId, pool, WARNING, cap);
        }
        bool near = pool.capLevel() == DOWN && outstanding * 100 > cap * 90;
        return near ? _set(merchantId, pool, NOTICE, (cap * 90) / 100) : pool;
    }

    /// @notice The pool with a warning that is up lowered or cleared, if the outstanding balance has fallen far enough.
    /// @param cap In base units; zero clears.
    function lower(uint32 merchantId, Pool pool, uint256 cap) internal returns (Pool) {
        uint256 outstanding = pool.outstanding();
        if (cap == 0 || outstanding * 100 <= cap * 85) {
            emit IWarnings.WarningCleared(merchantId, WarningKind.OutstandingCap);
            return pool.withCapLevel(DOWN);
        }
        bool eased = pool.capLevel() == WARNING && outstanding * 100 <= cap * 95;
        return eased ? _set(merchantId, pool, NOTICE, (cap * 90) / 100) : pool;
    }

    function _set(uint32 merchantId, Pool pool, uint256 level, uint256 limit) private returns (Pool) {
        emit IWarnings.WarningRaised(
            merchantId,
            WarningKind.OutstandingCap,
            bytes32(0),
            pool.outstanding(),
            limit,
            level == WARNING ? WarningLevel.Warning : WarningLevel.Notice
        );
        return pool.withCapLevel(level);
    }
}
