// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "stream/streamer.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::http {
class Inflater;
}

namespace millrace::front {

/// A sink for answers that are needed whole: at most kHeldMax bytes; more is an error of write(). Thread: the strand.
class Collector final : public stream::Sink {
public:
    static constexpr std::size_t kHeldMax = 4u << 20;

    /// `encoding`: of the stream; gzip is decompressed.
    explicit Collector(std::string_view encoding);
    ~Collector() override;
    boost::asio::awaitable<Status> write(std::string_view bytes) override;
    std::string take() { return std::move(held_); }

private:
    std::string held_;
    std::unique_ptr<http::Inflater> inflater_;
};

}  // namespace millrace::front
