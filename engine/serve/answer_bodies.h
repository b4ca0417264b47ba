// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "load/loader.h"
#include "pool/http_message.h"
#include "serve/interest.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace millrace::serve {

/// A body that is already in memory. Thread: one.
class TextBody final : public pool::HttpBody {
public:
    explicit TextBody(std::string text) : text_(std::move(text)) {}
    boost::asio::awaitable<StatusOr<std::string>> read() override { co_return std::exchange(text_, {}); }
    std::optional<std::string> takeWhole() override { return std::exchange(text_, {}); }

private:
    std::string text_;
};

/// Holds a model lease until the body has been read, or is destroyed. Thread: the strand, the destructor included.
class LeasedBody final : public pool::HttpBody {
public:
    LeasedBody(std::unique_ptr<pool::HttpBody> inner, load::ModelLease lease, Interest interest)
        : inner_(std::move(inner)), lease_(std::move(lease)), interest_(std::move(interest))
    {}
    boost::asio::awaitable<StatusOr<std::string>> read() override
    {
        auto piece = co_await inner_->read();
        if (!piece.ok() || piece->empty()) lease_.release();
        if (!piece.ok()) co_return interest_.withReason(piece.status());
        co_return piece;
    }

private:
    std::unique_ptr<pool::HttpBody> inner_;
    load::ModelLease lease_;
    Interest interest_;
};

}  // namespace millrace::serve
