// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_text.h"
#include "front/routes.h"
#include "fuzz.h"
#include "http/field_policy.h"
#include "http/request_parser.h"

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

/// Feeds pieces as a connection would: `next` says how much of what is left has arrived more.
template <typename Next>
Seen readAll(std::string_view bytes, Next next, std::uint32_t headerBytesMax = kHeaderBytesMax)
{
    Seen seen;
    RequestParser parser;
    RequestHead head;
    std::string body;
    std::size_t arrived = 0;
    bool inBody = false;
    parser.reset(headerBytesMax);
    for (int requests = 0; requests < 64;) {
        const auto now = bytes.substr(0, arrived);
        const auto fed = inBody ? parser.chunks(now, body, kBodyBytesMax) : parser.head(now, head);
        FUZZ_CHECK(fed.used <= now.size());
        FUZZ_CHECK(body.size() <= kBodyBytesMax);
        bytes.remove_prefix(fed.used);
        arrived -= fed.used;
        if (fed.step == RequestParser::Step::Failed) {
            FUZZ_CHECK(!parser.problem().ok());
            break;  // when that is noticed may depend on the pieces; which requests were before it, not
        }
        if (fed.step == RequestParser::Step::NeedMore) {
            const std::size_t more = std::min(bytes.size() - arrived, next());
            if (more == 0) break;
            arrived += more;
            continue;
        }
        if (!inBody) {
            seen.add(head.method());
            seen.add(head.target());
            seen.add(head.path());
            seen.add(head.authority());
            for (const auto& field : head.forwarded()) seen.add(field.name + ": " + field.value);
            seen.add(std::to_string(head.version()) + (head.keepAlive ? " stays" : " closes"));
            front::findRoute(head.method(), head.path());
            front::clientTimeout(head);
            http::mergeKey(http::forBackend(head.forwarded()));
            if (head.chunked) {
                FUZZ_CHECK(!head.length);
                inBody = true;
                continue;
            }
            if (head.length) {
                if (*head.length > bytes.size()) break;
                const auto size = static_cast<std::size_t>(*head.length);
                bytes.remove_prefix(size);
                arrived -= std::min(arrived, size);
            }
        }
        seen.add(body);
        body.clear();
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
