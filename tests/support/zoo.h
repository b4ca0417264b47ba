// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "support/scripted_upstream.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace millrace::testing {

/// An OpenAI-compatible server for tests with real processes, on a thread of its own, that behaves as some server in
/// the wild has been seen to. Right by default; change its manner whenever wanted, from any thread.
class Zoo {
public:
    enum class Manner {
        Right,            ///< embeddings, completions and chats, streamed when asked
        Slow,             ///< right, after `gap`
        Status,           ///< `status` with `fields` and an error body
        Refuses,          ///< the first `count` requests get `status`, then right
        NoContent,        ///< 204
        OddStatus,        ///< a status line that is none
        Redirects,        ///< 307 to a path of its own that answers right
        RedirectsAway,    ///< 307 to another host
        Packed,           ///< gzip although nobody asked, labelled
        PackedSilently,   ///< gzip without Content-Encoding
        Mislabelled,      ///< a stream as text/plain
        CommentsBetween,  ///< events with ids, comments between them
        NoDone,           ///< a stream that ends without [DONE]
        AfterDone,        ///< events after [DONE]
        Silent,           ///< takes requests, never answers
        SilentMiddle,     ///< a stream that stops in the middle, open
        ClosesAt,         ///< FIN after `count` bytes
        ResetsAt,         ///< RST after `count` bytes
        StallsAt,         ///< nothing more after `count` bytes
        HalfClosesAt,     ///< its sending side is shut down after `count` bytes
        TornEvent,        ///< a stream that ends within an event, politely
        Trickles,         ///< right, a byte at a time
        Endless,          ///< a stream without end
        Loading,          ///< 503 "Loading model" with Retry-After, the list too
        RefusesLong,      ///< 500 for the whole request when one text has more than `count` bytes
        RowShort,         ///< embeddings: one row less than asked for
        NotUtf8,          ///< 500 with an error page in Latin-1
        LongError,        ///< 500 with a body of 64 KiB of multi-byte characters
        TerminalError,    ///< 500 with escape sequences in its words
        ClosesIdle,       ///< right, tells Keep-Alive: timeout=`count`
        Garbage,          ///< bytes that are no HTTP
        HugeHead,         ///< a head of a megabyte
    };
    enum class Listing { Right, Loading, NotJson, NotAnObject, Empty, Html, Packed, Silent, Huge };

    struct Traits {
        Manner manner = Manner::Right;
        Listing listing = Listing::Right;
        unsigned status = 503;
        pool::HttpFields fields;
        std::size_t count = 100;
        std::size_t events = 5;
        Duration gap = std::chrono::milliseconds(10);
    };

    explicit Zoo(std::vector<std::string> models = {"m"}, std::string name = "zoo");
    ~Zoo();
    Zoo(const Zoo&) = delete;

    unsigned short port() const { return upstream_->port(); }
    /// Settings that make it backend number `index`.
    std::vector<std::string> settings(int index) const;

    void become(const Traits& traits);
    void become(Manner manner);
    void offer(std::vector<std::string> models);
    /// Breaks off all connections and refuses new ones; and comes back.
    void die();
    void revive();

    std::size_t requests() const { return requests_; }  ///< other than lists
    std::size_t listings() const { return listings_; }
    std::size_t accepted() const;
    std::size_t open() const;

    static const std::vector<Manner>& manners();
    static const char* nameOf(Manner manner);

private:
    using Answer = ScriptedUpstream::Answer;
    using Request = ScriptedUpstream::Request;

    Answer answer(const Request& request);
    Answer list(const Traits& traits, const std::vector<std::string>& models) const;
    Answer right(const Traits& traits, const Request& request) const;
    template <typename Function>
    auto onThread(Function function) const;

    const std::string name_;
    mutable std::mutex mutex_;
    Traits traits_;                    // guarded by mutex_
    std::vector<std::string> models_;  // guarded by mutex_
    std::atomic<std::size_t> requests_{0}, listings_{0};

    mutable net::io_context io_{1};
    net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
    std::unique_ptr<ScriptedUpstream> upstream_;
    std::thread thread_;  // last: runs the others
};

}  // namespace millrace::testing
