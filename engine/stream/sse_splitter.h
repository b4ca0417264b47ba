// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::stream {

/// Tracks event boundaries in a stream without buffering it: counts events, and knows whether a position is between two
/// events, the only place where a heartbeat or an error may be inserted; how much of a piece is whole events; and
/// whether the stream announced its end.
///
///     splitter.feed(piece);
///     write(piece.substr(0, splitter.whole()));             // whole events; the rest with the next piece
///     if (splitter.mayInsert()) write(": heartbeat\n");
///
/// The end is `data: [DONE]` (what follows is not counted), or the last event of dialects without it: `message_stop`,
/// `response.completed`, `.failed`, `.incomplete`, `error`, or a data line that begins with `{"error"`.
///
/// Pure. Thread: one.
/// Source: WHATWG HTML, "Server-sent events": lines end with LF, CRLF or CR; an empty line ends an event; without a
///         data line
/// it does not count; a line that begins with a colon is a comment. Pieces may be split anywhere, even within a
/// character or between CR and LF.
class SseSplitter {
public:
    enum class Kind { Events, Lines };  ///< Lines: newline-delimited JSON, where each non-empty line is an event

    explicit SseSplitter(Kind kind = Kind::Events) : kind_(kind) {}

    /// Processes the next piece, and returns the number of events that it completed. After [DONE] only the LF of its
    /// CRLF is consumed.
    std::uint64_t feed(std::string_view piece);
    std::uint64_t events() const { return events_; }
    /// Bytes of the latest piece up to its last event boundary; 0: none.
    std::size_t whole() const { return whole_; }
    /// [DONE] was received; what follows is not part of whole().
    bool done() const { return done_; }
    /// The stream announced its end, see above.
    bool finished() const { return finished_; }
    /// The unfinished event announces the end; only its empty line is missing.
    bool finishedButForItsEnd() const;
    Kind kind() const { return kind_; }
    /// No part of an unfinished event has been passed on.
    bool atBoundary() const { return lineBytes_ == 0 && !inEvent_; }
    /// A line may be inserted here: at a boundary, but not between CR and LF, where the LF would become an empty line.
    bool mayInsert() const { return atBoundary() && !afterCr_; }

private:
    bool endLine(std::string_view text, bool known);
    std::string_view begun() const;

    Kind kind_;
    std::uint64_t events_ = 0;
    std::size_t lineBytes_ = 0;  // of the current line
    char lineHead_[36] = {};     // its first bytes: enough for a byte order mark and every line that announces the end
    std::size_t whole_ = 0;
    bool saysDone_ = false;  // the unfinished event's only data line is [DONE]
    bool saysOver_ = false;  // the unfinished event is the last of its dialect
    bool done_ = false;
    bool finished_ = false;
    bool inEvent_ = false;  // lines of an unfinished event have passed
    bool hasData_ = false;  // one of them was a data line
    bool afterCr_ = false;  // a following LF belongs to that CR
    bool atStart_ = true;   // a byte order mark may follow
};

/// True if an answer that begins like this may be an event stream: with a field of SSE or a comment. Pure.
bool looksLikeEvents(std::string_view begin);

}  // namespace millrace::stream
