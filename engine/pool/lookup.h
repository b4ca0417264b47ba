// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/on_strand.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::pool {

/// Resolves a host name in a dedicated thread: getaddrinfo() cannot be cancelled, and a name that hangs must block
/// neither other names (Asio resolves all in one thread) nor the end of the program.
///
/// Owner:  a dial; destroying it abandons the lookup, whose thread then ends by itself, without calling back.
/// Thread: the strand. Bound: kThreadsMax lookups at a time in the process, abandoned ones included (Unavailable).
class Lookup {
public:
    static constexpr std::size_t kThreadsMax = 16;
    using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
    /// What looks up: for tests. Called in the lookup's thread.
    using Find = std::function<StatusOr<Endpoints>(const std::string& host, const std::string& port)>;

    static StatusOr<std::shared_ptr<Lookup>> start(Strand strand, std::string host, std::string port);
    explicit Lookup(std::string host) : host_(std::move(host)) {}
    ~Lookup();
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    bool done() const { return found_.has_value(); }
    /// Called once, on the strand.
    void onDone(std::function<void()> done) { done_ = std::move(done); }
    StatusOr<Endpoints> take() { return *std::move(found_); }

    /// Until the next call, for all lookups; none: the system's.
    static void setFind(Find find);

private:
    struct Shared;

    const std::string host_;
    std::shared_ptr<Shared> shared_;
    std::optional<StatusOr<Endpoints>> found_;
    std::function<void()> done_;
};

}  // namespace millrace::pool
