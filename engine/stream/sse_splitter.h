// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::stream {

/// Follows an event stream without holding any of it: counts its events, and knows whether it is between two of them,
/// which is the only place where a heartbeat or an error of our own may go; how much of a piece belongs to whole
/// events; and whether the stream has said that it is over.
///
///     splitter.feed(piece);
///     write(piece.substr(0, splitter.whole()));             // whole events; the rest with the next piece
///     if (splitter.mayInsert()) write(": heartbeat\n");
///
/// Over is `data: [DONE]` (behind it nothing is an event any more), or the last event of a dialect that has none:
/// `message_stop`, `response.completed`, `.failed`, `.incomplete`, `error`, or a data line that begins `{"error"`.
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

    /// Takes the next piece; the number of events that it completed. Nothing is looked at after [DONE]
    /// but the LF of its CRLF.
    std::uint64_t feed(std::string_view piece);
    std::uint64_t events() const { return events_; }
    /// How many bytes of the latest piece lie before the last place between two events; 0: it has none.
    std::size_t whole() const { return whole_; }
    /// [DONE] was an event; what came behind it is beyond whole().
    bool done() const { return done_; }
    /// The stream has said in one of its ways that it is over.
    bool finished() const { return finished_; }
    /// What is unfinished says that the stream is over; only its empty line is missing.
    bool finishedButForItsEnd() const;
    Kind kind() const { return kind_; }
    /// Nothing of an unfinished event has passed.
    bool atBoundary() const { return lineBytes_ == 0 && !inEvent_; }
    /// A line may be written here. Not between CR and LF: the LF would be an empty line then.
    bool mayInsert() const { return atBoundary() && !afterCr_; }

private:
    bool endLine(std::string_view text, bool known);
    std::string_view begun() const;

    Kind kind_;
    std::uint64_t events_ = 0;
    std::size_t lineBytes_ = 0;  // of the current line
    char lineHead_[36] = {};     // its first bytes: enough for a byte order mark and each line that says "over"
    std::size_t whole_ = 0;
    bool saysDone_ = false;  // the unfinished event's only data line is [DONE]
    bool saysOver_ = false;  // it is the last of its dialect
    bool done_ = false;
    bool finished_ = false;
    bool inEvent_ = false;  // lines of an unfinished event have passed
    bool hasData_ = false;  // one of them was a data line
    bool afterCr_ = false;  // a LF now belongs to the CR before it
    bool atStart_ = true;   // a byte order mark may come
};

/// Whether an answer that begins so is an event stream: with a field or a comment, as far as one can see.
bool looksLikeEvents(std::string_view begin);

}  // namespace millrace::stream
