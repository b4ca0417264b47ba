// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/on_strand.h"
#include "http/h2_session.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::testing {

/// A gRPC server of which each frame is in the test's hands, on the loop of who asks it.
/// Thread: the loop's. Bound: what a test asks.
class ScriptedGrpc {
public:
    using Strand = millrace::Strand;
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;

    class Peer;
    struct Call {
        std::weak_ptr<Peer> peer;
        http::H2StreamId stream = 0;
        http::HttpFields fields;
        std::string body;
        bool ended = false;                   ///< the request is complete
        std::optional<std::uint32_t> closed;  ///< with this code
    };
    /// One connection.
    class Peer final : public http::H2Events, public std::enable_shared_from_this<Peer> {
    public:
        Peer(ScriptedGrpc& server, Socket socket, int number);
        void start();
        /// The head, a message and good trailers.
        void answer(http::H2StreamId stream, const std::string& message);
        void head(http::H2StreamId stream);
        void message(http::H2StreamId stream, const std::string& bytes);
        void trailers(http::H2StreamId stream, int status, const std::string& words = {});
        void respond(http::H2StreamId stream, const http::HttpFields& fields, bool last);
        void reset(http::H2StreamId stream, std::uint32_t code);
        /// GOAWAY as a frame of its own, after all that was sent.
        void goAway(http::H2StreamId last, std::uint32_t code = 0);
        void raw(const std::string& bytes);
        /// SETTINGS_MAX_CONCURRENT_STREAMS, anew.
        void allow(std::uint32_t streams);
        void close();
        bool open() const { return socket_.is_open(); }
        http::H2Session& session() { return session_; }
        /// Sends what was submitted.
        void flush();

        const int number;
        std::size_t streams = 0, streamsMost = 0;

    private:
        void onHeaders(http::H2StreamId stream, http::HttpFields fields, bool tooLarge, bool last) override;
        void onData(http::H2StreamId stream, std::string_view bytes) override;
        void onEnd(http::H2StreamId stream) override;
        void onClosed(http::H2StreamId stream, std::uint32_t code) override;
        void read();
        void write();
        void complete(const std::shared_ptr<Call>& call);

        ScriptedGrpc& server_;
        Socket socket_;
        http::H2Session session_;
        std::string out_;
        bool writing_ = false, closing_ = false;
        std::map<http::H2StreamId, std::shared_ptr<Call>> calls_;
    };

    struct Options {
        std::uint32_t streamsMax = 100;
        std::string host = "127.0.0.1";
        unsigned short port = 0;
        std::string path;      ///< of a Unix socket, instead
        bool mute = false;     ///< accepts and says nothing
        bool early = false;    ///< onCall with the head, not with the whole request
        std::string greeting;  ///< sent as it is instead of HTTP/2
    };

    ScriptedGrpc(boost::asio::io_context& io, Clock& clock, Options options);
    explicit ScriptedGrpc(boost::asio::io_context& io, Clock& clock) : ScriptedGrpc(io, clock, Options{}) {}
    ~ScriptedGrpc();
    std::string address() const;
    unsigned short port() const { return port_; }
    /// No new connections.
    void stop();

    /// Calls but those of "/check", which are answered.
    std::function<void(Peer& peer, const std::shared_ptr<Call>& call)> onCall;
    std::vector<std::shared_ptr<Call>> calls;
    std::vector<std::shared_ptr<Peer>> peers;

private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, Strand>;
    void accept();

    boost::asio::io_context& io_;
    Clock& clock_;
    const Options options_;
    Acceptor acceptor_;
    unsigned short port_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::testing
