// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice A balance reported, the date it is of, and when it comes into force if it waits.
struct Figure {
    uint96 amount;
    uint32 asOf;
    uint32 actsAt;
}

/// @notice A merchant's reports.
/// @param reported The figure in force when this was written; see `Reports.current`.
/// @param asOf The date it is of.
/// @param ownerAsOf The latest date of an owner's report.
/// @param certifiedAsOf The latest date of a reporter's report.
/// @param waiting Whether `next` is there.
/// @param next An owner's lower figure that waits.
/// @param later One lower still, reported while `next` waits, so that neither holds up the other.
/// @param certified The last reporter's figure.
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

/// @title Which reported figure counts
/// @notice A higher figure counts at once. An owner's lower one waits, so that nobody can report a deposit away; a reporter's
/// does not. Works on a book in memory, to be read and written as a whole.
library Reports {
    /// @notice The figure in force now, and the date it is of.
    function current(ReportBook storage book) internal view returns (uint256 amount, uint256 asOf) {
        (amount, asOf) = (book.reported, book.asOf);
        if (!book.waiting) return (amount, asOf);
        (Figure memory next, Figure memory later) = (book.next, book.later);
        if (_isDue(later, block.timestamp)) return (later.amount, later.asOf);
        if (_isDue(next, block.timestamp)) return (next.amount, next.asOf);
    }

    /// @notice Books the figures whose time has come: they have been in force since.
    function settle(ReportBook memory book, uint256 nowAt) internal pure {
        if (_isDue(book.later, nowAt)) {
            _enforce(book, book.later.amount, book.later.asOf);
            _drop(book);
        } else if (_isDue(book.next, nowAt)) {
            _enforce(book, book.next.amount, book.next.asOf);
            _shift(book);
        }
    }

    /// @notice Books an owner's report; `settle` comes first.
    /// @param actsAt When it comes into force if it is lower than the figure in force.
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
            // Less is taken off than was announced: the date stands.
            book.next = Figure(amount, asOf, book.next.actsAt);
            book.later = Figure(0, 0, 0);
        } else {
            bool announced = book.later.actsAt != 0 && amount >= book.later.amount;
            book.later = Figure(amount, asOf, announced ? book.later.actsAt : actsAt);
        }
    }

    /// @notice Books a reporter's report; `settle` comes first.
    function byReporter(ReportBook memory book, uint96 amount, uint32 asOf) internal pure {
        (book.certified, book.certifiedAsOf) = (amount, asOf);
        // A raise ends the owner's lower figures: they would undo it before anybody could answer.
        if (amount > book.reported) _drop(book);
        // News of an earlier date never lowers what somebody reported since.
        if (amount >= book.reported || asOf >= book.asOf) _enforce(book, amount, asOf);
        // What the owner said of the same or an earlier date no longer counts.
        if (book.waiting && book.later.actsAt != 0 && book.later.asOf <= asOf) _drop(book);
        else if (book.waiting && book.next.asOf <= asOf) _shift(book);
        // What it said of a later date counts at once where it is no lower.
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
