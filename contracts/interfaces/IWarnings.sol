// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice What a warning is about. The escrow raises the first four, the deposit register the others.
enum WarningKind {
    CardOverLimit,
    HolderExposure,
    OutstandingCap,
    Complaints,
    DepositShort,
    SuretyExpiring,
    ReportOverdue
}

/// @notice How serious a warning is: a `Notice` says a limit is near, a `Warning` that it is passed.
enum WarningLevel {
    Notice,
    Warning
}

/// @notice A lasting warning that is up.
/// @param kind What it is about.
/// @param level How serious it is now.
struct StandingWarning {
    WarningKind kind;
    WarningLevel level;
}

/// @title Warnings on chain
/// @notice One event for every contract of the system, so that a regulator needs one subscription.
interface IWarnings {
    /// @notice Emitted when a limit is passed, or when a lasting warning changes its level.
    /// @param merchantId The merchant concerned.
    /// @param kind What the warning is about.
    /// @param cardId The card concerned; zero when the warning concerns the merchant as a whole.
    /// @param observed The value that was seen, in the unit of `limit`.
    /// @param limit The limit it passed.
    /// @param level How serious it is; of a lasting warning, its level from now on.
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
