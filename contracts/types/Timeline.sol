// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Clock} from "./Clock.sol";
import {Word} from "./Word.sol";

/// @notice The dates of supervision. Every end is written when the act happens:
/// suspendedUntil (32 bits) | lastServiceAt (32) | noticeEndsAt (32) | serviceStoppedAt (32) | windowEndsAt (32) |
/// withdrawnAt (32) | pausedFor (24) | finalSettlement (24) | restored (8).
/// @dev Never zero once the merchant is registered, which keeps a flag cheap.
type Timeline is uint256;

using Timelines for Timeline global;

library Timelines {
    uint256 private constant SUSPENDED_UNTIL = 0;
    uint256 private constant LAST_SERVICE_AT = 32;
    uint256 private constant NOTICE_ENDS_AT = 64;
    uint256 private constant SERVICE_STOPPED_AT = 96;
    uint256 private constant WINDOW_ENDS_AT = 128;
    uint256 private constant WITHDRAWN_AT = 160;
    uint256 private constant PAUSED_FOR = 192;
    uint256 private constant FINAL_SETTLEMENT = 216;
    uint256 private constant RESTORED = 240;

    uint256 private constant TIME_BITS = 32;
    uint256 private constant PERIOD_BITS = 24;
    uint256 private constant STATUS_BITS = 8;

    function suspendedUntil(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), SUSPENDED_UNTIL, TIME_BITS);
    }

    function lastServiceAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), LAST_SERVICE_AT, TIME_BITS);
    }

    function noticeEndsAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), NOTICE_ENDS_AT, TIME_BITS);
    }

    function serviceStoppedAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), SERVICE_STOPPED_AT, TIME_BITS);
    }

    function windowEndsAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), WINDOW_ENDS_AT, TIME_BITS);
    }

    /// @dev When the first flag was withdrawn; zero if it was not. A later flag cannot be withdrawn.
    function withdrawnAt(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), WITHDRAWN_AT, TIME_BITS);
    }

    /// @dev Seconds the withdrawn flag was up. They count towards no lapse.
    function pausedFor(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), PAUSED_FOR, PERIOD_BITS);
    }

    /// @dev Seconds of the window after a flag, from the merchant's policy. Fixed while a flag is up.
    function finalSettlement(Timeline self) internal pure returns (uint256) {
        return Word.get(Timeline.unwrap(self), FINAL_SETTLEMENT, PERIOD_BITS);
    }

    /// @dev The merchant's status after a flag is withdrawn.
    function restored(Timeline self) internal pure returns (MerchantStatus) {
        return MerchantStatus(Word.get(Timeline.unwrap(self), RESTORED, STATUS_BITS));
    }

    /// @dev When the flag that is up was raised.
    function flaggedAt(Timeline self) internal pure returns (uint256) {
        return self.windowEndsAt() - self.finalSettlement();
    }

    /// @dev What the clock shows at `time` that stood still while the withdrawn flag was up.
    function clockAt(Timeline self, uint256 time) internal pure returns (uint256) {
        return Clock.read(time, self.withdrawnAt(), self.pausedFor());
    }

    /// @dev The earliest time at which that clock shows `reading`.
    function timeAt(Timeline self, uint256 reading) internal pure returns (uint256) {
        return Clock.timeOf(reading, self.withdrawnAt(), self.pausedFor());
    }

    function withSuspendedUntil(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), SUSPENDED_UNTIL, TIME_BITS, value));
    }

    function withLastServiceAt(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), LAST_SERVICE_AT, TIME_BITS, value));
    }

    function withNoticeEndsAt(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), NOTICE_ENDS_AT, TIME_BITS, value));
    }

    /// @dev The two fields are neighbours and are written as one.
    function withFlag(Timeline self, uint32 serviceStoppedAt_, uint256 windowEndsAt_) internal pure returns (Timeline) {
        uint256 both = (windowEndsAt_ << TIME_BITS) | serviceStoppedAt_;
        return Timeline.wrap(Word.set(Timeline.unwrap(self), SERVICE_STOPPED_AT, 2 * TIME_BITS, both));
    }

    function withWithdrawnAt(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), WITHDRAWN_AT, TIME_BITS, value));
    }

    function withPausedFor(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), PAUSED_FOR, PERIOD_BITS, value));
    }

    function withFinalSettlement(Timeline self, uint256 value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), FINAL_SETTLEMENT, PERIOD_BITS, value));
    }

    function withRestored(Timeline self, MerchantStatus value) internal pure returns (Timeline) {
        return Timeline.wrap(Word.set(Timeline.unwrap(self), RESTORED, STATUS_BITS, uint256(value)));
    }
}
