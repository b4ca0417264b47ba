// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "http/h2_session.h"
#include "pool/grpc_answer.h"

#include <string>

using namespace millrace;
using http::H2StreamId;
using http::HttpFields;

namespace {

constexpr std::uint64_t kMost = 4096;

/// A client with one call, as the pool has it.
class Client final : public http::H2Events {
public:
    Client()
        : session(http::H2Role::Client, {}, *this), answer(kMost, [this](http::GrpcMessageReader::Message& whole) {
              const std::string_view bytes = whole.bytes();
              FUZZ_CHECK(bytes.size() <= kMost);
              ++messages;
              message = bytes;
              return absl::OkStatus();
          })
    {
        HttpFields head;
        head.add(":method", "POST");
        head.add(":scheme", "http");
        head.add(":path", "/a/b");
        head.add(":authority", "here");
        stream = *session.request(head, true);
        pull();
    }
    void pull()
    {
        http::H2Out out;
        session.pull(out, 1u << 30);
    }
    void end()
    {
        session.closeStreams();
        FUZZ_CHECK(answer.over());
    }
    std::string outcome() const
    {
        return codeName(answer.status()) + " " + text(answer.status()) + (answer.status().ok() ? " " + message : "");
    }

    http::H2Session session;
    pool::GrpcAnswer answer;
    H2StreamId stream = 0;
    std::string message;
    int messages = 0;

private:
    void onHeaders(H2StreamId id, HttpFields fields, bool tooLarge, bool last) override
    {
        if (id == stream) answer.onHeaders(fields, tooLarge, last);
    }
    void onData(H2StreamId id, std::string_view bytes) override
    {
        if (id == stream) answer.onData(bytes);
        session.consume(id, bytes.size());
    }
    void onEnd(H2StreamId id) override
    {
        if (id == stream) answer.onEnd();
    }
    void onClosed(H2StreamId id, std::uint32_t code) override
    {
        if (id == stream) answer.onReset(code);
    }
};

}  // namespace

/// Bytes of a server: however they are cut, the call ends, in the same way, with one message at most.
FUZZ_TARGET(grpc_answer)
{
    fuzzing::Choices choices(bytes);
    Client whole, cut;
    static_cast<void>(whole.session.receive(bytes, {}));
    whole.pull();
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, choices.below(32) + 1);
        bytes.remove_prefix(piece.size());
        if (!cut.session.receive(piece, {}).ok()) break;
    }
    cut.pull();
    whole.end();
    cut.end();
    FUZZ_CHECK(whole.messages <= 1);
    FUZZ_CHECK(whole.outcome() == cut.outcome());
}
