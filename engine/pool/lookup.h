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

/// Resolves a host name in a dedicated thread: getaddrinfo() cannot be cancelled, and a lookup that hangs must block
/// neither others (Asio's resolver has a single thread) nor the end of the program.
///
///     auto lookup = Lookup::start(strand, "llm.local", "8080");
///     if (!lookup.ok()) return lookup.status();
///     (*lookup)->onDone([this] { auto addresses = lookup_->take(); … });
///
/// Owner:  a dial. Destroying it abandons the lookup; its thread ends by itself and does not call back.
/// Thread: the strand. Bound: kThreadsMax lookups in the process, including abandoned ones; beyond: Unavailable.
class Lookup {
public:
    static constexpr std::size_t kThreadsMax = 16;
    using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
    /// A replacement of getaddrinfo(), for tests. Called in the lookup's thread.
    using Find = std::function<StatusOr<Endpoints>(const std::string& host, const std::string& port)>;

    static StatusOr<std::shared_ptr<Lookup>> start(Strand strand, std::string host, std::string port);
    explicit Lookup(std::string host) : host_(std::move(host)) {}
    ~Lookup();
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    bool done() const { return found_.has_value(); }
    /// `done` is called once, on the strand. REQUIRES: set in the same turn of the loop as start().
    void onDone(std::function<void()> done) { done_ = std::move(done); }
    /// REQUIRES: done().
    StatusOr<Endpoints> take() { return *std::move(found_); }

    /// For all lookups from now on; empty: the system's.
    static void setFind(Find find);

private:
    struct Shared;

    const std::string host_;
    std::shared_ptr<Shared> shared_;
    std::optional<StatusOr<Endpoints>> found_;
    std::function<void()> done_;
};

}  // namespace millrace::pool
