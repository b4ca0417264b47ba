// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/routes.h"
#include "fuzz.h"
#include "http/field_policy.h"
#include "http/h2_head.h"
#include "http/h2_session.h"

#include <map>
#include <string>

using namespace millrace;
using namespace millrace::http;

namespace {

/// A server that answers what it can, takes some of what comes, and looks that it is told in order.
class Server final : public H2Events {
public:
    explicit Server(fuzzing::Choices& choices) : choices_(choices), session(H2Role::Server, limits(), *this) {}

    static H2Limits limits()
    {
        H2Limits limits;
        limits.streamsMax = 8;
        limits.headerListBytesMax = 512;  // at most, later on
        limits.streamWindow = 1u << 16;
        limits.connectionWindow = 1u << 17;
        return limits;
    }

private:
    void onHeaders(H2StreamId stream, HttpFields fields, bool, bool last) override
    {
        FUZZ_CHECK(fields.listBytes() <= limits().headerListBytesMax);
        FUZZ_CHECK(!open_.contains(stream) || last);  // trailers end their stream
        if (open_.emplace(stream, false).second) readRequest(fields);
        open_[stream] = !last;
        if (choices_.below(2) == 0) answer(stream);
    }
    void onData(H2StreamId stream, std::string_view bytes) override
    {
        FUZZ_CHECK(open_.contains(stream) && open_[stream]);
        if (choices_.below(3) > 0) session.consume(stream, bytes.size());
    }
    void onEnd(H2StreamId stream) override
    {
        FUZZ_CHECK(open_.contains(stream) && open_[stream]);
        open_[stream] = false;
        answer(stream);
    }
    void onSent(H2StreamId stream) override { FUZZ_CHECK(session.unsent(stream) == 0); }
    void onClosed(H2StreamId stream, std::uint32_t) override { open_.erase(stream); }

    /// What a backend would get of it, and of what it is a request.
    static void readRequest(const HttpFields& fields)
    {
        RequestHead head;
        readHead(fields, head);
        FUZZ_CHECK(head.method() == fields.get(":method") && head.target() == fields.get(":path"));
        for (const auto field : forBackend(head.fields()))
            FUZZ_CHECK(!field.name.starts_with(':') && field.name != "host" && field.name != "cookie");
        front::findRoute(head.method(), head.path());
    }
    void answer(H2StreamId stream)
    {
        if (!answered_.emplace(stream, true).second) return;
        HttpFields head;
        head.add(":status", "200");
        if (choices_.below(4) == 0) {
            HttpFields interim;
            interim.add(":status", "100");
            session.inform(stream, interim);
        }
        const bool alone = choices_.below(2) == 0;
        session.respond(stream, head, alone);
        if (alone) return;
        session.send(stream, std::string(choices_.below(100'000), 'x'));
        HttpFields trailers;
        if (choices_.below(2) == 0) trailers.add("grpc-status", "0");
        session.finish(stream, trailers);
    }

    fuzzing::Choices& choices_;
    std::map<H2StreamId, bool> open_, answered_;

public:
    H2Session session;
};

}  // namespace

/// The bytes of a client in pieces: no event out of order, nothing kept beyond its limit, an end for what is broken.
FUZZ_TARGET(h2_session)
{
    fuzzing::Choices choices(bytes);
    Server server(choices);
    const bool greets = bytes.empty() || bytes[0] != 'P';
    const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    if (greets) static_cast<void>(server.session.receive(preface, {}));
    H2Out out;
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, choices.below(64) + 1);
        bytes.remove_prefix(piece.size());
        const Status status = server.session.receive(piece, {});
        if (choices.below(8) == 0) server.session.setHeaderListMax(static_cast<std::uint32_t>(choices.below(512)) + 1);
        const std::size_t most = choices.below(50'000) + 1;
        server.session.pull(out, most);
        FUZZ_CHECK(out.size() < most + 2 * 16'384 + 100'000);
        out.consume(out.size());
        FUZZ_CHECK(server.session.streamsOpen() <= 2 * Server::limits().streamsMax + 8);
        if (!status.ok()) {
            int pulls = 0;
            for (bool more = true; more; ++pulls) {
                server.session.pull(out, 1u << 20);
                more = !out.empty();
                out.consume(out.size());
            }
            FUZZ_CHECK(pulls < 10);
            FUZZ_CHECK(!server.session.receive("x", {}).ok());
            break;
        }
    }
    server.session.closeStreams();
    FUZZ_CHECK(server.session.streamsOpen() == 0);
}
