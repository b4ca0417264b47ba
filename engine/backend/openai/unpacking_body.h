// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/inflate.h"
#include "pool/http_message.h"

#include <memory>
#include <string>
#include <string_view>

namespace millrace::backend {

/// An answer that its server packed (gzip, zlib) although nobody had asked for it, as it would have been without.
/// What has arrived is handed on at once, so that events stay events.
/// Bound: kPieceMax bytes a piece. Errors: Unavailable when the packed data is broken or ends too soon.
class UnpackingBody final : public pool::HttpBody {
public:
    static constexpr std::size_t kPieceMax = 64 << 10;
    static constexpr std::size_t kTurnBytes = 512 << 10;  ///< unpacked without letting others have their turns

    explicit UnpackingBody(std::unique_ptr<pool::HttpBody> packed) : packed_(std::move(packed)) {}
    boost::asio::awaitable<StatusOr<std::string>> read() override;

private:
    std::unique_ptr<pool::HttpBody> packed_;
    std::unique_ptr<http::Inflater> inflater_;  ///< null: between two members of the packed data
    std::string taken_;                         ///< from packed_, and not unpacked yet
    std::size_t at_ = 0;
    std::size_t handed_ = 0;  ///< since the last turn of others
    bool more_ = false;       ///< the inflater holds more than it gave
    Status failed_;
};

/// Whether a Content-Encoding is one that UnpackingBody reads.
bool unpacks(std::string_view encoding);

}  // namespace millrace::backend
