// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_text.h"
#include "front/routes.h"
#include "fuzz.h"
#include "http/body_budget.h"
#include "http/body_reader.h"
#include "http/buffers.h"
#include "http/field_policy.h"
#include "http/request_parser.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

using namespace millrace;
using http::RequestHead;
using http::RequestParser;

namespace {

constexpr std::uint32_t kHeaderBytesMax = 1u << 20;
constexpr std::uint64_t kBodyBytesMax = 4096;

/// What became of a connection's bytes: every request, and why it ended.
struct Seen {
    std::string text;
    void add(std::string_view what)
    {
        text += what;
        text += '\n';
    }
};

RequestParser::Step stepOf(http::BodyReader::Step step)
{
    FUZZ_CHECK(step != http::BodyReader::Step::NoMemory);
    if (step == http::BodyReader::Step::Failed) return RequestParser::Step::Failed;
    return step == http::BodyReader::Step::Done ? RequestParser::Step::Done : RequestParser::Step::NeedMore;
}

/// Reads as a connection does: `next` says how much of what is left arrives at once.
template <typename Next>
Seen readAll(std::string_view bytes, Next next, std::uint32_t headerBytesMax = kHeaderBytesMax)
{
    using Step = RequestParser::Step;
    Seen seen;
    RequestParser parser;
    RequestHead head;
    http::InBuffer in;
    http::BodyBudget budget;
    http::BodyBytes held(budget);
    http::BodyReader body;
    bool inBody = false;
    parser.reset(headerBytesMax);
    for (int requests = 0; requests < 64;) {
        auto step = Step::NeedMore;
        if (inBody) {
            step = stepOf(body.take(in, parser));
            FUZZ_CHECK(body.text().size() <= kBodyBytesMax || !head.chunked);
        } else {
            const auto fed = parser.head(in.view(), head);
            FUZZ_CHECK(fed.used <= in.size());
            in.consume(fed.used);
            step = fed.step;
        }
        if (step == Step::Failed) {
            FUZZ_CHECK(!parser.problem().ok());
            break;  // when that is noticed may depend on the pieces; which requests were before it, not
        }
        if (step == Step::NeedMore) {
            const std::size_t inMost = std::max<std::size_t>(headerBytesMax, 65536);
            net::mutable_buffer room;
            if (!inBody) room = in.prepare(inMost);
            if (inBody && body.prepare(in, inMost, room) != http::BodyReader::Step::NeedMore) break;
            FUZZ_CHECK(body.text().capacity() <= budget.held() + 32);  // a short string takes a little more
            const std::size_t more = std::min({bytes.size(), room.size(), next()});
            if (more == 0) break;
            std::memcpy(room.data(), bytes.data(), more);
            bytes.remove_prefix(more);
            if (inBody)
                body.commit(in, more);
            else
                in.commit(more);
            continue;
        }
        if (!inBody) {
            seen.add(head.method());
            seen.add(head.target());
            seen.add(head.path());
            seen.add(head.authority());
            for (const auto field : http::forBackend(head.fields()))
                seen.add(std::string(field.name).append(": ").append(field.value));
            seen.add(std::to_string(head.version()) + (head.keepAlive ? " stays" : " closes"));
            front::findRoute(head.method(), head.path());
            front::clientTimeout(head);
            http::mergeKey(http::forBackend(head.fields()));
            FUZZ_CHECK(!head.chunked || !head.length);
            if (head.length.value_or(0) > kBodyBytesMax) break;
            body.begin(head, kBodyBytesMax, held, std::numeric_limits<std::uint64_t>::max());
            inBody = true;
            continue;
        }
        FUZZ_CHECK(!head.length || body.text().size() == *head.length);
        seen.add(body.text());
        head.clear();
        parser.reset(headerBytesMax);
        inBody = false;
        ++requests;
    }
    return seen;
}

}  // namespace

/// A connection's requests are the same however its bytes arrive.
FUZZ_TARGET(request_head)
{
    fuzzing::Choices choices(bytes);
    const Seen whole = readAll(bytes, [] { return std::string_view::npos; });
    const Seen cut = readAll(bytes, [&choices] { return choices.below(24) + 1; });
    FUZZ_CHECK(whole.text == cut.text);
    // Just at the limit it may depend on the pieces whether it was met, but not whether it holds.
    (void)readAll(
        bytes, [] { return std::string_view::npos; }, 1024);
    (void)readAll(
        bytes, [&choices] { return choices.below(256) + 1; }, 1024);
}
