// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "http/field_policy.h"
#include "http/response_parser.h"

#include <string>

using namespace millrace;
using http::ResponseParser;

namespace {

constexpr ResponseParser::Limits kUsual{.headBytes = 1u << 20, .fields = 64};
constexpr ResponseParser::Limits kTight{.headBytes = 512, .fields = 4};

/// An answer as it comes out of the parser.
struct Heard final : ResponseParser::Listener {
    std::string text;
    http::HttpFields fields;
    bool head = false;

    void onField(std::string_view name, std::string_view value, bool hop) override
    {
        FUZZ_CHECK(!head);  // neither trailers nor anything of a second head
        text.append(name).append(hop ? " (hop): " : ": ").append(value).append("\n");
        if (!hop) fields.push_back({std::string(name), std::string(value)});
    }
    void onHead(unsigned status) override
    {
        FUZZ_CHECK(!head && status >= 200 && status <= 599);
        head = true;
        text += std::to_string(status) + "\n";
    }
    void onBody(std::string_view bytes) override
    {
        FUZZ_CHECK(head);
        text += bytes;
    }
};

/// All complete answers of a connection whose server then closes it; `next` says how much has arrived more. Every bit
/// of `bodyless` says of one answer whether it is one to HEAD.
template <typename Next>
std::string readAll(std::string_view bytes, Next next, std::size_t bodyless, const ResponseParser::Limits& limits)
{
    std::string all;
    Heard heard;
    ResponseParser parser(heard, limits);
    std::size_t arrived = 0;
    parser.begin((bodyless & 1) != 0);
    for (int answers = 0; answers < 64;) {
        const auto now = bytes.substr(0, arrived);
        const auto fed = parser.feed(now);
        FUZZ_CHECK(fed.used <= now.size());
        FUZZ_CHECK(parser.headDone() == heard.head || fed.step == ResponseParser::Step::Failed);
        FUZZ_CHECK(heard.fields.size() <= limits.fields);
        bytes.remove_prefix(fed.used);
        arrived -= fed.used;
        if (fed.step == ResponseParser::Step::Failed) {
            FUZZ_CHECK(!parser.problem().empty());
            break;  // when that is noticed may depend on the pieces; which answers were before it, not
        }
        if (fed.step == ResponseParser::Step::NeedMore) {
            const std::size_t more = std::min(bytes.size() - arrived, next());
            if (more > 0) {
                arrived += more;
                continue;
            }
            if (!parser.finish()) break;
            FUZZ_CHECK(!parser.keepsAlive());
        }
        all += heard.text + (parser.keepsAlive() ? "stays\n" : "closes\n");
        (void)http::forClient(heard.fields);
        ++answers;
        bodyless >>= 1;
        if (fed.step == ResponseParser::Step::NeedMore) break;
        heard = Heard();
        parser.begin((bodyless & 1) != 0);
    }
    return all;
}

}  // namespace

/// A connection's answers are the same however its bytes arrive.
FUZZ_TARGET(response)
{
    fuzzing::Choices choices(bytes);
    const std::size_t bodyless = choices.below(4) == 0 ? choices.below(16) : 0;
    const auto all = [] { return std::string_view::npos; };
    const auto little = [&choices] { return choices.below(24) + 1; };
    FUZZ_CHECK(readAll(bytes, all, bodyless, kUsual) == readAll(bytes, little, bodyless, kUsual));
    // Just at the limit it may depend on the pieces whether it was met, but not whether it holds.
    (void)readAll(bytes, all, bodyless, kTight);
    (void)readAll(bytes, little, bodyless, kTight);
}
