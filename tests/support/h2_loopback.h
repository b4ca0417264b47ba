// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/h2_session.h"
#include "support/loopback_client.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::testing {

/// A client of HTTP/2 with a real socket, run by the thread that also runs the server's loop: each wait lets the server
/// go on.
class H2Loopback final : public http::H2Events {
public:
    using Fields = std::vector<std::pair<std::string, std::string>>;
    struct Answer {
        std::vector<http::HttpFields> heads;
        std::string body;
        bool ended = false;
        std::optional<std::uint32_t> closed;
        std::string field(std::string_view name) const
        {
            return heads.empty() ? std::string() : std::string(heads.back().get(name));
        }
        unsigned status() const { return heads.empty() ? 0 : static_cast<unsigned>(std::stoul(field(":status"))); }
    };

    H2Loopback(net::io_context& io, std::uint16_t port, http::H2Limits limits = {})
        : socket(io, port), session(http::H2Role::Client, limits, *this)
    {
        socket.noDelay();
    }

    static http::HttpFields head(const std::string& method, const std::string& path, const Fields& more = {},
                                 const std::string& authority = "localhost")
    {
        http::HttpFields fields;
        fields.add(":method", method);
        fields.add(":scheme", "http");
        fields.add(":path", path);
        if (!authority.empty()) fields.add(":authority", authority);
        for (const auto& [name, value] : more) fields.add(name, value);
        return fields;
    }
    http::H2StreamId get(const std::string& path, const Fields& more = {}, const std::string& method = "GET")
    {
        return *session.request(head(method, path, more), true);
    }
    http::H2StreamId post(const std::string& path, const std::string& body, const Fields& more = {}, bool ends = true)
    {
        const auto stream = *session.request(head("POST", path, more), false);
        session.send(stream, body);
        if (ends) session.finish(stream);
        return stream;
    }
    /// One turn: what is to be sent leaves, as far as the kernel takes it, and what has come is read.
    void pump()
    {
        if (out_.size() < (1u << 20)) session.pull(out_, 1u << 20);
        socket.sendSome(out_);
        socket.pull();
        if (socket.received().empty()) return;
        const std::string bytes = socket.received();
        socket.forget();
        problem = session.receive(bytes, {});
    }
    template <typename Done>
    bool until(net::io_context& io, Done done, std::chrono::milliseconds limit = std::chrono::seconds(10))
    {
        return runUntil(
            io,
            [&] {
                pump();
                return done();
            },
            limit);
    }
    /// The answer once its stream is over.
    Answer& answer(net::io_context& io, http::H2StreamId stream)
    {
        until(io, [&] { return answers[stream].closed.has_value() || socket.ended(); });
        return answers[stream];
    }

    LoopbackClient socket;
    http::H2Session session;
    std::map<http::H2StreamId, Answer> answers;
    bool consumes = true;
    Status problem;
    bool leaving = false;

private:
    void onHeaders(http::H2StreamId stream, http::HttpFields fields, bool, bool last) override
    {
        answers[stream].heads.push_back(std::move(fields));
        answers[stream].ended |= last;
    }
    void onData(http::H2StreamId stream, std::string_view bytes) override
    {
        answers[stream].body += bytes;
        if (consumes) session.consume(stream, bytes.size());
    }
    void onEnd(http::H2StreamId stream) override { answers[stream].ended = true; }
    void onClosed(http::H2StreamId stream, std::uint32_t code) override { answers[stream].closed = code; }
    void onLeaving() override { leaving = true; }

    http::H2Out out_;
};

}  // namespace millrace::testing
