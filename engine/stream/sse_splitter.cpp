// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sse_splitter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace millrace::stream {

namespace {

/// The value of a field's line; empty: it is another field.
std::string_view valueOf(std::string_view line, std::string_view field)
{
    if (!line.starts_with(field) || line.size() <= field.size() || line[field.size()] != ':') return {};
    line.remove_prefix(field.size() + 1);
    if (line.starts_with(' ')) line.remove_prefix(1);
    return line;
}

/// A byte order mark is not part of a stream's first line.
std::string_view withoutMark(std::string_view text)
{
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return text;
}

bool isLastEvent(std::string_view name)
{
    return name == "message_stop" || name == "response.completed" || name == "response.failed" ||
           name == "response.incomplete" || name == "error";
}

}  // namespace

std::uint64_t SseSplitter::feed(std::string_view piece)
{
    const std::uint64_t before = events_;
    const char* at = piece.data();
    const char* const end = at + piece.size();
    whole_ = 0;
    if (at == end) return 0;
    if (std::exchange(afterCr_, false) && *at == '\n') {
        ++at;
        if (atBoundary()) whole_ = 1;
    }
    if (done_) return 0;
    while (at != end) {
        // LF is looked for first, since nearly every server writes it; a CR before it ends the line earlier.
        const auto* lf = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
        const char* stop = lf ? lf : end;
        if (const auto* cr = static_cast<const char*>(std::memchr(at, '\r', static_cast<std::size_t>(stop - at)))) {
            stop = cr;
        }
        const auto bytes = static_cast<std::size_t>(stop - at);
        bool completed = false;
        if (lineBytes_ == 0 && stop != end) {
            completed = endLine(std::string_view(at, bytes), true);  // all of it is here: nothing need be kept
        } else {
            if (lineBytes_ < sizeof lineHead_) {
                std::memcpy(lineHead_ + lineBytes_, at, std::min(bytes, sizeof lineHead_ - lineBytes_));
            }
            lineBytes_ += bytes;
            if (stop == end) break;
            const std::string_view line = begun();
            lineBytes_ = 0;
            completed = endLine(line, line.size() < sizeof lineHead_);
        }
        if (completed) ++events_;
        at = stop + 1;
        if (*stop == '\r') {
            if (at == end)
                afterCr_ = true;
            else if (*at == '\n')
                ++at;
        }
        if (!inEvent_) whole_ = static_cast<std::size_t>(at - piece.data());
        if (done_) break;
    }
    return events_ - before;
}

/// What is known of the current line: all of it, if it is short.
std::string_view SseSplitter::begun() const
{
    return {lineHead_, std::min(lineBytes_, sizeof lineHead_)};
}

bool SseSplitter::finishedButForItsEnd() const
{
    if (kind_ == Kind::Lines || done_) return false;
    const std::string_view text = withoutMark(begun());
    if (lineBytes_ > 0 && !hasData_ && lineBytes_ <= sizeof lineHead_ && valueOf(text, "data") == "[DONE]") return true;
    return lineBytes_ == 0 && saysDone_;
}

/// Whether this line completes an event. Not `known`: it is longer than what is given of it.
bool SseSplitter::endLine(std::string_view text, bool known)
{
    if (std::exchange(atStart_, false)) text = withoutMark(text);
    const bool empty = text.empty();
    if (kind_ == Kind::Lines) return !empty;
    if (empty) {
        inEvent_ = false;
        if (!std::exchange(hasData_, false)) {
            saysOver_ = false;
            return false;
        }
        if (saysDone_ || saysOver_) {
            done_ = saysDone_;
            finished_ = true;
            saysDone_ = saysOver_ = false;
        }
        return true;
    }
    if (text.front() == ':') return false;
    inEvent_ = true;
    if (text.starts_with("data") && (text.size() == 4 || text[4] == ':')) {
        if (hasData_) {
            saysDone_ = false;
            return false;
        }
        hasData_ = true;
        text.remove_prefix(std::min<std::size_t>(text.size(), 5));
        if (text.starts_with(' ')) text.remove_prefix(1);
        if (text.empty()) return false;
        if (text.front() == '[')
            saysDone_ = known && text == "[DONE]";
        else if (text.front() == '{' && text.starts_with(R"({"error")"))
            saysOver_ = true;
    } else if (known && text.front() == 'e' && isLastEvent(valueOf(text, "event"))) {
        saysOver_ = true;
    }
    return false;
}

bool looksLikeEvents(std::string_view begin)
{
    begin = withoutMark(begin);
    const auto text = begin.find_first_not_of(" \t\r\n");
    begin.remove_prefix(text == begin.npos ? begin.size() : text);
    constexpr std::array<std::string_view, 5> kFields{"data:", "event:", "id:", "retry:", ":"};
    return std::any_of(kFields.begin(), kFields.end(), [begin](std::string_view field) {
        return begin.starts_with(field) || field.starts_with(begin);
    });
}

}  // namespace millrace::stream
