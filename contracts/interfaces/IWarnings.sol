// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice The subject of a warning. The escrow raises the first four, the deposit register the others.
enum WarningKind {
    CardOverLimit,
    HolderExposure,
    OutstandingCap,
    Complaints,
    DepositShort,
    SuretyExpiring,
    ReportOverdue
}

/// @notice How serious a warning is. `Notice`: a limit is near. `Warning`: the limit is passed.
enum WarningLevel {
    Notice,
    Warning
}

/// @notice A lasting warning that is up.
/// @param kind Its subject.
/// @param level How serious it is now.
struct StandingWarning {
    WarningKind kind;
    WarningLevel level;
}

/// @title Warnings on chain
/// @notice One event for all contracts of the system, so that a regulator needs one subscription.
interface IWarnings {
    /// @notice Emitted when a limit is passed, or when a lasting warning changes its level.
    /// @param merchantId The merchant concerned.
    /// @param kind The subject.
    /// @param cardId The card concerned; zero when the warning concerns the merchant as a whole.
    /// @param observed The observed value, in the unit of `limit`.
    /// @param limit The limit that the value passed.
    /// @param level How serious it is; for a lasting warning, its level from now on.
    event WarningRaised(
        uint32 indexed merchantId,
        WarningKind indexed kind,
        bytes32 indexed cardId,
        uint256 observed,
        uint256 limit,
        WarningLevel level
    );

    /// @notice Emitted when a lasting warning ends.
    event WarningCleared(uint32 indexed merchantId, WarningKind indexed kind);

    /// @notice The lasting warnings that are up for a merchant.
    function warnings(uint32 merchantId) external view returns (StandingWarning[] memory);
}
