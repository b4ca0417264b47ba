// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/lookup.h"

#include "base/mutex.h"

#include <boost/asio/post.hpp>

#include <atomic>
#include <cstring>
#include <netdb.h>
#include <system_error>
#include <thread>
#include <utility>

namespace millrace::pool {

namespace {

std::atomic<std::size_t> threads{0};

StatusOr<Lookup::Endpoints> findBySystem(const std::string& host, const std::string& port)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    int failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    // AI_ADDRCONFIG would exclude loopback addresses on a host without any other network.
    if (failed != 0) {
        hints.ai_flags = 0;
        failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    }
    if (failed != 0) return unavailable("looking up " + host + ": " + ::gai_strerror(failed));
    Lookup::Endpoints found;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        boost::asio::ip::tcp::endpoint where;
        if (entry->ai_addrlen > where.capacity()) continue;
        std::memcpy(where.data(), entry->ai_addr, entry->ai_addrlen);
        where.resize(entry->ai_addrlen);
        found.push_back(where);
    }
    ::freeaddrinfo(list);
    if (found.empty()) return unavailable("looking up " + host + ": no address found");
    return found;
}

Lookup::Find& finder()
{
    static Lookup::Find find;
    return find;
}

}  // namespace

/// Shared by the thread and the strand.
struct Lookup::Shared {
    Shared(Lookup& lookupIn, Strand strandIn) : lookup(&lookupIn), strand(std::move(strandIn)) {}

    Mutex mutex;
    Lookup* lookup MILLRACE_GUARDED_BY(mutex);  ///< null: abandoned
    std::optional<Strand> strand MILLRACE_GUARDED_BY(mutex);

    Lookup* waiting()
    {
        const MutexLock lock(mutex);
        return lookup;
    }
};

void Lookup::setFind(Find find)
{
    finder() = std::move(find);
}

StatusOr<std::shared_ptr<Lookup>> Lookup::start(Strand strand, std::string host, std::string port)
{
    if (threads.fetch_add(1) >= kThreadsMax) {
        threads.fetch_sub(1);
        return unavailable("looking up " + host + ": " + std::to_string(kThreadsMax) + " name lookups are stuck");
    }
    auto lookup = std::make_shared<Lookup>(host);
    const auto shared = std::make_shared<Shared>(*lookup, strand);
    lookup->shared_ = shared;
    Find find = finder() ? finder() : findBySystem;
    try {
        std::thread([shared, find = std::move(find), host = std::move(host), port = std::move(port)] {
            StatusOr<Endpoints> found = find(host, port);
            threads.fetch_sub(1);
            const MutexLock lock(shared->mutex);
            // While the lookup is not abandoned (guarded by the lock), the strand exists.
            if (!shared->lookup) return;
            boost::asio::post(*shared->strand, [shared, found = std::move(found)]() mutable {
                Lookup* const waiting = shared->waiting();  // only modified on the strand
                if (!waiting) return;
                waiting->found_.emplace(std::move(found));
                if (waiting->done_) waiting->done_();
            });
        }).detach();
    } catch (const std::system_error& error) {
        threads.fetch_sub(1);
        return unavailable("looking up " + lookup->host_ + ": " + error.what());
    }
    return lookup;
}

Lookup::~Lookup()
{
    if (!shared_) return;
    const MutexLock lock(shared_->mutex);
    shared_->lookup = nullptr;
    shared_->strand.reset();
}

}  // namespace millrace::pool
