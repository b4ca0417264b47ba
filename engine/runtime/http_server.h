// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "runtime/repository.h"
#include "runtime/workers.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::runtime {

/// OpenAI's API over HTTP/1.1: models, embeddings, chat and legacy completions, whole or as server-sent events.
///
///     auto server = HttpServer::create(io, "127.0.0.1", 8000, repository, workers, clock);
///     if (!server.ok()) return server.status();
///     io.run();
///
/// Owner:  main.                  Thread: that of `io`; computation is on the workers.
/// Bound:  kConnectionsMax connections, kBodyBytesMax, kBodiesBytesMax, kHeaderBytesMax (at least the maxima of the
///         front's settings, so that requests admitted there are not refused here), kPiecesMax events waiting for a
///         reader.
/// Errors: OpenAI's error object; after the first event an error event, without [DONE].
/// Stop:   stop() accepts nothing new; answers in flight finish, or are aborted by the destructor.
class HttpServer {
public:
    static constexpr std::size_t kConnectionsMax = 8192;
    static constexpr std::uint64_t kBodyBytesMax = 512 << 20;
    static constexpr std::uint64_t kBodiesBytesMax = 1 << 30;  ///< all connections together
    static constexpr std::uint32_t kHeaderBytesMax = (1 << 20) + (64 << 10);
    static constexpr std::size_t kPiecesMax = 32;

    /// `host`: a loopback address (port 0: any free port), or the path of a Unix socket, which is created. Over TCP,
    /// Host and Origin must be of this machine; a Unix socket is protected by its folder. Unavailable: the port is in
    /// use.
    static StatusOr<std::unique_ptr<HttpServer>> create(boost::asio::io_context& io, const std::string& host,
                                                        std::uint16_t port, Repository& repository, Workers& workers,
                                                        Clock& clock);
    virtual ~HttpServer() = default;
    virtual std::uint16_t port() const = 0;
    virtual void stop() = 0;
    virtual std::size_t busy() const = 0;  // requests being answered
};

}  // namespace millrace::runtime
