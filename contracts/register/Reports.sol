// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice A reported balance in token base units, its date, and when it takes effect if it waits.
struct Figure {
    uint96 amount;
    uint32 asOf;
    uint32 actsAt;
}

/// @notice A merchant's reports.
/// @param reported The figure in force when the book was written; see `Reports.current`.
/// @param asOf The date of `reported`.
/// @param ownerAsOf The latest date of an owner's report.
/// @param certifiedAsOf The latest date of a reporter's report.
/// @param waiting Whether `next` is set.
/// @param next An owner's lower figure that waits.
/// @param later A still lower figure, reported while `next` waits, so that neither delays the other.
/// @param certified The last figure of a reporter.
struct ReportBook {
    // slot 0
    uint96 reported;
    uint32 asOf;
    uint32 ownerAsOf;
    uint32 certifiedAsOf;
    bool waiting;
    // slot 1
    Figure next;
    // slot 2
    Figure later;
    // slot 3
    uint96 certified;
}

/// @title The reported figure in force
/// @notice A higher figure takes effect at once. An owner's lower figure waits, so that no owner can free a deposit by a report; a
/// reporter's does not wait. Works on a book in memory, which is read and written as a whole.
library Reports {
    /// @notice The figure in force now, and its date.
    function current(ReportBook storage book) internal view returns (uint256 amount, uint256 asOf) {
        (amount, asOf) = (book.reported, book.asOf);
        if (!book.waiting) return (amount, asOf);
        (Figure memory next, Figure memory later) = (book.next, book.later);
        if (_isDue(later, block.timestamp)) return (later.amount, later.asOf);
        if (_isDue(next, block.timestamp)) return (next.amount, next.asOf);
    }

    /// @notice Books the waiting figures that are in force already.
    function settle(ReportBook memory book, uint256 nowAt) internal pure {
        if (_isDue(book.later, nowAt)) {
            _enforce(book, book.later.amount, book.later.asOf);
            _drop(book);
        } else if (_isDue(book.next, nowAt)) {
            _enforce(book, book.next.amount, book.next.asOf);
            _shift(book);
        }
    }

    /// @notice Books an owner's report. Call `settle` first.
    /// @param actsAt When the figure takes effect if it is lower than the figure in force.
    function byOwner(ReportBook memory book, uint96 amount, uint32 asOf, uint32 actsAt) internal pure {
        book.ownerAsOf = asOf;
        if (asOf <= book.certifiedAsOf && amount < book.certified)
            (amount, asOf) = (book.certified, book.certifiedAsOf);
        if (amount >= book.reported) {
            _enforce(book, amount, asOf);
            _drop(book);
        } else if (!book.waiting) {
            book.next = Figure(amount, asOf, actsAt);
            book.waiting = true;
        } else if (amount >= book.next.amount) {
            // The reduction is smaller than the announced one, so its date stays.
            book.next = Figure(amount, asOf, book.next.actsAt);
            book.later = Figure(0, 0, 0);
        } else {
            bool announced = book.later.actsAt != 0 && amount >= book.later.amount;
            book.later = Figure(amount, asOf, announced ? book.later.actsAt : actsAt);
        }
    }

    /// @notice Books a reporter's report. Call `settle` first.
    function byReporter(ReportBook memory book, uint96 amount, uint32 asOf) internal pure {
        (book.certified, book.certifiedAsOf) = (amount, asOf);
        // A raise drops the owner's lower figures: they would undo it before anybody could react.
        if (amount > book.reported) _drop(book);
        // A report of an earlier date never lowers a figure of a later one.
        if (amount >= book.reported || asOf >= book.asOf) _enforce(book, amount, asOf);
        // The owner's figures of the same or an earlier date no longer count.
        if (book.waiting && book.later.actsAt != 0 && book.later.asOf <= asOf) _drop(book);
        else if (book.waiting && book.next.asOf <= asOf) _shift(book);
        // The owner's figure of a later date counts at once if it is not lower.
        if (book.waiting && book.next.amount >= book.reported) {
            _enforce(book, book.next.amount, book.next.asOf);
            _shift(book);
        }
    }

    function _enforce(ReportBook memory book, uint96 amount, uint32 asOf) private pure {
        (book.reported, book.asOf) = (amount, asOf);
    }

    function _drop(ReportBook memory book) private pure {
        book.waiting = false;
        book.next = Figure(0, 0, 0);
        book.later = Figure(0, 0, 0);
    }

    function _shift(ReportBook memory book) private pure {
        book.next = book.later;
        book.later = Figure(0, 0, 0);
        book.waiting = book.next.actsAt != 0;
    }

    function _isDue(Figure memory figure, uint256 nowAt) private pure returns (bool) {
        return figure.actsAt != 0 && nowAt >= figure.actsAt;
    }
}
