// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::stream {

/// Follows an event stream without holding any of it: counts its events, and knows whether it is between two of them,
/// which is the only place where a heartbeat or an error of our own may go.
///
/// Source: WHATWG HTML, "Server-sent events": lines end with LF, CRLF or CR; an empty line ends an event; an event
/// without a data line is none; a line that begins with a colon is a comment. Works on bytes, so that pieces may be cut
/// anywhere, also within a character or between CR and LF.
class SseSplitter {
public:
    enum class Kind {
        Events,
        Lines
    };  ///< Lines: newline-delimited JSON, where each line that is not empty is an event

    explicit SseSplitter(Kind kind = Kind::Events) : kind_(kind) {}

    /// Takes the next piece; the number of events that it completed.
    std::uint64_t feed(std::string_view piece);
    std::uint64_t events() const { return events_; }
    Kind kind() const { return kind_; }
    /// Nothing of an unfinished event has passed.
    bool atBoundary() const { return lineBytes_ == 0 && !inEvent_; }

private:
    bool endLine();

    Kind kind_;
    std::uint64_t events_ = 0;
    std::size_t lineBytes_ = 0;  // of the line under way
    char lineHead_[8] = {};      // its first bytes: enough for a byte order mark and "data:"
    bool inEvent_ = false;       // lines of an unfinished event have passed
    bool hasData_ = false;       // one of them was a data line
    bool afterCr_ = false;       // a LF now belongs to the CR before it
    bool atStart_ = true;        // a byte order mark may come
};

}  // namespace millrace::stream
