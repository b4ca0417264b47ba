// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/list_request.h"

#include "base/check.h"
#include "batch/raw_json.h"
#include "batch/token_estimate.h"

#include <algorithm>
#include <optional>

namespace millrace::batch {

namespace {

/// Exact: tokens are numbers.
std::uint64_t arrayTokens(std::string_view array)
{
    const std::string_view inside = trimmed(array.substr(1, array.size() - 2), kWhiteSpace);
    if (inside.empty()) return 0;
    return 1 + static_cast<std::uint64_t>(std::count(inside.begin(), inside.end(), ','));
}

}  // namespace

/// A body on its way to a request. What makes the request bypass batching ends the reading.
class ListRequest::Reading {
public:
    Reading(ListRequest& request, const RawJson& document)
        : request_(request), word_(request.word()), start_(document.begin())
    {}

    std::size_t fields = 0;
    bool escaped = false;  ///< a key is written with escapes: it may be any
    std::string_view input;

    /// False: the document is malformed, or the request bypasses batching and the rest of it does not matter.
    bool field(std::string_view key, json::value& value)
    {
        ++fields;
        escaped = escaped || key.find('\\') != std::string_view::npos;
        json::json_type type;
        if (value.type().get(type) != simdjson::SUCCESS) return false;
        if (key == word_ && type == json::json_type::array) return list(value);
        const auto raw = rawOf(value);
        if (!raw) return false;
        if (key != word_) {
            request_.otherFields_.emplace_back(key, *raw);
            return true;
        }
        input = *raw;
        if (type != json::json_type::string) return alone("is neither text nor token IDs");
        take(input, textTokens(input));
        return true;
    }

private:
    bool alone(const char* why)
    {
        request_.alone_ = "its " + word_ + " " + why;
        return false;
    }
    bool tooMany(std::uint32_t most, const std::string& what)
    {
        request_.alone_ = "it has more than " + std::to_string(most) + " " + what + "s";
        return false;
    }
    /// `part` is written in the document; places in that are places in the body.
    void take(std::string_view part, std::uint64_t tokens)
    {
        request_.inputs_.emplace_back(static_cast<std::size_t>(part.data() - start_), part.size());
        request_.tokens_ += tokens;
    }

    bool list(json::value& value)
    {
        json::array array;
        if (value.get(array) != simdjson::SUCCESS) return false;
        std::optional<json::json_type> kind;
        std::uint32_t count = 0;
        if (!RawJson::each(array, [&](json::value& element) { return item(element, kind, count); })) return false;
        std::string_view raw;
        if (array.reset().error() != simdjson::SUCCESS || array.raw_json().get(raw) != simdjson::SUCCESS) return false;
        input = trimmed(raw, kWhiteSpace);
        if (!kind) return alone("is empty");
        if (*kind == json::json_type::number) take(input, count);
        return true;
    }

    bool item(json::value& element, std::optional<json::json_type>& kind, std::uint32_t& count)
    {
        json::json_type type;
        if (element.type().get(type) != simdjson::SUCCESS) return false;
        if (!kind) kind = type;
        if (type != *kind) return alone("mixes types");
        ++count;
        if (type == json::json_type::number) {
            request_.tokenInput_ = true;
            return count > kTokensMax ? tooMany(kTokensMax, "token")
                                      : element.get_double().error() == simdjson::SUCCESS;
        }
        if (type != json::json_type::string && type != json::json_type::array)
            return alone("is neither text nor token IDs");
        if (count > itemsMax(request_.kind_)) return tooMany(itemsMax(request_.kind_), word_);
        const auto raw = rawOf(element);
        if (!raw) return false;
        request_.tokenInput_ = type == json::json_type::array;
        take(*raw, request_.tokenInput_ ? arrayTokens(*raw) : textTokens(*raw));
        return true;
    }

    ListRequest& request_;
    const std::string word_;
    const char* const start_;
};

StatusOr<ListRequest> ListRequest::parse(std::string body, ListKind kind)
{
    ListRequest request;
    request.kind_ = kind;
    if (body.size() > kSharedBytesMax) {
        request.body_ = std::move(body);
        request.alone_ =
            "its body of " + std::to_string(request.body_.size() >> 20) + " MiB is too large to be batched";
        return request;
    }
    RawJson document(body);
    Reading reading(request, document);
    const bool well =
        document.eachField([&](std::string_view key, json::value& value) { return reading.field(key, value); });
    request.body_ = std::move(body);
    if (!well && request.alone_.empty()) return invalidArgument("request body is not a valid JSON object");

    auto& others = request.otherFields_;
    std::sort(others.begin(), others.end());
    const auto sameKey = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (request.alone_.empty()) {
        if (reading.escaped) {
            request.alone_ = "a field name contains escape sequences";
        } else if (reading.input.empty()) {
            const std::string word = request.word();
            return withField(invalidArgument("`" + word + "` is required"), word);
        } else if (others.size() + 1 != reading.fields ||
                   std::adjacent_find(others.begin(), others.end(), sameKey) != others.end()) {
            request.alone_ = "a field is specified twice";
        }
    }
    if (kind == ListKind::Completions) {
        for (const auto& [key, written] : others) {
            // More than one choice a prompt would have indexes that only the server knows how to count.
            if ((key == "n" || key == "best_of") && written != "1" && written != "null")
                request.alone_ = "it requests several choices";
            if (key == "stream" && written == "true") request.alone_ = "it is streamed";
        }
    }
    if (!request.alone_.empty()) {
        request.inputs_.clear();
        return request;
    }
    request.signature_ = request.tokenInput_ ? "tokens" : "text";
    for (const auto& [key, written] : others) {
        request.signature_.append("\n").append(key).append(" ").append(std::to_string(written.size()));
        request.signature_.append(" ").append(written);
    }
    return request;
}

std::string ListRequest::describe() const
{
    constexpr std::size_t kShown = 512;
    std::string out = kind_ == ListKind::Embeddings ? "embeddings of " : "completions of ";
    out += tokenInput_ ? "tokens" : "text";
    const char* separator = "; ";
    for (const auto& [key, value] : otherFields_) {
        if (key == "model") continue;
        if (out.size() > kShown) break;
        out.append(separator).append(key.substr(0, 64)).append(" ").append(value.substr(0, 64));
        separator = ", ";
    }
    return out;
}

std::string merge(std::span<const ListRequest* const> members)
{
    MR_CHECK(!members.empty());
    std::size_t bytes = 64;
    for (const ListRequest* member : members) bytes += member->body_.size() + member->inputs_.size();
    std::string body;
    body.reserve(bytes);
    body += '{';
    for (const auto& [key, value] : members.front()->otherFields_)
        body.append("\"").append(key).append("\":").append(value).append(",");
    body.append("\"").append(members.front()->word()).append("\":[");
    const char* separator = "";
    for (const ListRequest* member : members) {
        for (std::size_t i = 0; i < member->inputs_.size(); ++i) {
            body.append(separator).append(member->input(i));
            separator = ",";
        }
    }
    return body += "]}";
}

}  // namespace millrace::batch
