// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/inflate.h"
#include "pool/http_message.h"

#include <memory>
#include <string>
#include <string_view>

namespace millrace::backend {

/// Decompresses (gzip, zlib) a response that its server compressed without being asked. Passes on immediately what has
/// arrived, so that streamed events are not delayed.
///
/// Thread: one. Bound: kPieceMax bytes per piece.
/// Errors: Unavailable if the compressed data is corrupt or truncated.
class UnpackingBody final : public pool::HttpBody {
public:
    static constexpr std::size_t kPieceMax = 64 << 10;
    static constexpr std::size_t kTurnBytes = 512 << 10;  ///< decompressed before yielding to the loop

    explicit UnpackingBody(std::unique_ptr<pool::HttpBody> packed) : packed_(std::move(packed)) {}
    boost::asio::awaitable<StatusOr<std::string>> read() override;

private:
    std::unique_ptr<pool::HttpBody> packed_;
    std::unique_ptr<http::Inflater> inflater_;  ///< null: between two members
    std::string taken_;                         ///< read from packed_, not decompressed yet
    std::size_t at_ = 0;
    std::size_t handed_ = 0;  ///< bytes since the last yield
    bool more_ = false;       ///< the inflater has pending output
    Status failed_;
};

/// True for the values of Content-Encoding that UnpackingBody supports.
bool unpacks(std::string_view encoding);

}  // namespace millrace::backend
