// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sse_splitter.h"

#include <algorithm>
#include <cstring>

namespace millrace::stream {

std::uint64_t SseSplitter::feed(std::string_view piece)
{
    const std::uint64_t before = events_;
    const char* at = piece.data();
    const char* const end = at + piece.size();
    if (at == end) return 0;
    if (afterCr_ && *at == '\n') ++at;
    afterCr_ = false;
    while (at != end) {
        // LF is looked for first, since nearly every server writes it; a CR before it ends the line earlier.
        const auto* lf = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
        const char* stop = lf ? lf : end;
        if (const auto* cr = static_cast<const char*>(std::memchr(at, '\r', static_cast<std::size_t>(stop - at)))) {
            stop = cr;
        }
        const auto bytes = static_cast<std::size_t>(stop - at);
        if (lineBytes_ < sizeof lineHead_) {
            std::memcpy(lineHead_ + lineBytes_, at, std::min(bytes, sizeof lineHead_ - lineBytes_));
        }
        lineBytes_ += bytes;
        if (stop == end) break;
        if (endLine()) ++events_;
        at = stop + 1;
        if (*stop == '\r') {
            if (at == end)
                afterCr_ = true;
            else if (*at == '\n')
                ++at;
        }
    }
    return events_ - before;
}

/// Whether the line that ends here completes an event.
bool SseSplitter::endLine()
{
    std::size_t bytes = lineBytes_;
    const char* head = lineHead_;
    if (atStart_ && bytes >= 3 && std::memcmp(head, "\xEF\xBB\xBF", 3) == 0) {  // a byte order mark is no part of it
        bytes -= 3;
        head += 3;
    }
    atStart_ = false;
    lineBytes_ = 0;
    if (kind_ == Kind::Lines) return bytes > 0;
    if (bytes == 0) {
        const bool complete = hasData_;
        inEvent_ = hasData_ = false;
        return complete;
    }
    if (*head == ':') return false;
    inEvent_ = true;
    if (bytes >= 4 && std::memcmp(head, "data", 4) == 0 && (bytes == 4 || head[4] == ':')) hasData_ = true;
    return false;
}

}  // namespace millrace::stream
