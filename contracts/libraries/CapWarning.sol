// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IWarnings, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {Merchant, Pool} from "./EscrowState.sol";

/// @title The `OutstandingCap` warning
/// @notice Raised when outstanding passes 90 % (notice) and 100 % (warning) of the cap; each falls 5 points below its threshold,
/// so that a balance at the limit does not flicker.
library CapWarning {
    /// @dev Levels, as stored in `Pool.capLevel`.
    uint8 private constant DOWN = 0;
    uint8 private constant NOTICE = 1;
    uint8 private constant WARNING = 2;

    /// @notice A cap of whole tokens in base units.
    function baseUnits(uint256 cap, uint256 tokenDecimals) internal pure returns (uint256) {
        return cap * 10 ** tokenDecimals;
    }

    /// @notice Raises the warning, if `outstanding` calls for a level above `level`.
    function raise(Merchant storage m, uint32 merchantId, uint8 level, uint256 outstanding, uint256 cap) internal {
        if (outstanding > cap) {
            if (level != WARNING) _set(m, merchantId, WARNING, outstanding, cap);
        } else if (level == DOWN && outstanding * 100 > cap * 90) {
            _set(m, merchantId, NOTICE, outstanding, (cap * 90) / 100);
        }
    }

    /// @notice Lowers or clears a warning that is up, if `pool.outstanding` has fallen far enough.
    function lower(Merchant storage m, uint32 merchantId, Pool memory pool) internal {
        uint256 outstanding = pool.outstanding;
        uint256 cap = baseUnits(pool.outstandingCap, m.registration.tokenDecimals);
        if (outstanding * 100 <= cap * 85) {
            m.pool.capLevel = DOWN;
            emit IWarnings.WarningCleared(merchantId, WarningKind.OutstandingCap);
        } else if (pool.capLevel == WARNING && outstanding * 100 <= cap * 95) {
            _set(m, merchantId, NOTICE, outstanding, (cap * 90) / 100);
        }
    }

    /// @notice Looks at the warning afresh after the cap has changed.
    function refresh(Merchant storage m, uint32 merchantId) internal {
        Pool memory pool = m.pool;
        if (pool.outstandingCap == 0) {
            if (pool.capLevel != DOWN) {
                m.pool.capLevel = DOWN;
                emit IWarnings.WarningCleared(merchantId, WarningKind.OutstandingCap);
            }
            return;
        }
        if (pool.capLevel != DOWN) lower(m, merchantId, pool);
        uint256 cap = baseUnits(pool.outstandingCap, m.registration.tokenDecimals);
        raise(m, merchantId, m.pool.capLevel, pool.outstanding, cap);
    }

    function _set(Merchant storage m, uint32 merchantId, uint8 level, uint256 outstanding, uint256 limit) private {
        m.pool.capLevel = level;
        emit IWarnings.WarningRaised(
            merchantId,
            WarningKind.OutstandingCap,
            bytes32(0),
            outstanding,
            limit,
            level == WARNING ? WarningLevel.Warning : WarningLevel.Notice
        );
    }
}
