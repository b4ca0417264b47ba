// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/list_request.h"

#include "base/check.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace millrace::batch {

namespace {

namespace json = simdjson::ondemand;

constexpr std::uint64_t kBytesPerToken = 4;  // rough, for text of most languages and tokenizers

/// The text of a value, without the white space around it.
std::string_view trimmed(std::string_view text)
{
    const auto white = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!text.empty() && white(text.front())) text.remove_prefix(1);
    while (!text.empty() && white(text.back())) text.remove_suffix(1);
    return text;
}

/// A value as it stands in the document. Walks it, so what is malformed inside is found.
std::optional<std::string_view> rawOf(json::value value)
{
    std::string_view raw;
    if (simdjson::to_json_string(value).get(raw) != simdjson::SUCCESS) return std::nullopt;
    return trimmed(raw);
}

/// About as many tokens as a text has.
std::uint64_t textTokens(std::string_view quoted)
{
    const std::uint64_t bytes = quoted.size() >= 2 ? quoted.size() - 2 : 0;
    return std::max<std::uint64_t>(1, (bytes + kBytesPerToken - 1) / kBytesPerToken);
}

std::uint64_t arrayTokens(std::string_view array)
{
    const std::string_view inside = trimmed(array.substr(1, array.size() - 2));
    if (inside.empty()) return 0;
    return 1 + static_cast<std::uint64_t>(std::count(inside.begin(), inside.end(), ','));
}

struct Field {
    std::string_view key;    ///< as written, without quotes
    std::string_view value;  ///< as written
};

/// A document with room behind it, as the parser wants it. Views into it live as long as it.
class Document {
public:
    explicit Document(std::string_view text) : padded_(text) {}

    const char* begin() const { return padded_.data(); }
    /// Calls visit(key, value) for each field of the root, until it returns false. False when the document is malformed
    /// or visit said so; what lies inside of values is looked at only as far as visit does.
    template <typename Visit>
    bool eachField(Visit visit)
    {
        json::object root;
        if (parser_.iterate(padded_).get(document_) != simdjson::SUCCESS) return false;
        if (document_.get_object().get(root) != simdjson::SUCCESS) return false;
        return each(root, visit) && document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
    }
    template <typename Visit>
    static bool each(json::object& object, Visit visit)
    {
        for (auto item : object) {
            json::field field;
            if (std::move(item).get(field) != simdjson::SUCCESS) return false;
            const char* begin = field.key().raw();
            const char* end = begin;
            while (*end != '"') end += *end == '\\' ? 2 : 1;
            if (!visit(std::string_view(begin, static_cast<std::size_t>(end - begin)), field.value())) return false;
        }
        return true;
    }
    template <typename Visit>
    static bool each(json::array& array, Visit visit)
    {
        for (auto item : array) {
            json::value value;
            if (std::move(item).get(value) != simdjson::SUCCESS || !visit(value)) return false;
        }
        return true;
    }
    template <typename Kind, typename Visit>
    static bool each(json::value& value, Visit visit)
    {
        Kind kind;
        return value.get(kind) == simdjson::SUCCESS && each(kind, visit);
    }

    /// All fields as written.
    std::optional<std::vector<Field>> fields()
    {
        std::vector<Field> out;
        const bool well = eachField([&](std::string_view key, json::value& value) { return append(out, key, value); });
        return well ? std::optional(std::move(out)) : std::nullopt;
    }
    static bool append(std::vector<Field>& out, std::string_view key, json::value& value)
    {
        const auto raw = rawOf(value);
        if (raw) out.push_back({key, *raw});
        return raw.has_value();
    }
    /// The root as a string without its quotes and escapes.
    std::string string()
    {
        std::string_view text;
        if (parser_.iterate(padded_).get(document_) != simdjson::SUCCESS) return {};
        if (document_.get_string().get(text) != simdjson::SUCCESS) return {};
        return std::string(text);
    }

private:
    simdjson::padded_string padded_;
    json::parser parser_;
    json::document document_;
};

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    if (text.empty()) return std::nullopt;
    for (const char c : text) {
        if (c < '0' || c > '9' || value > (std::numeric_limits<std::uint64_t>::max() - 9) / 10) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

const Field* find(const std::vector<Field>& fields, std::string_view key)
{
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.key == key; });
    return found == fields.end() ? nullptr : &*found;
}

/// `total` in parts like `weights`, which add up to it exactly.
std::vector<std::uint64_t> shares(std::uint64_t total, const std::vector<std::uint64_t>& weights)
{
    std::uint64_t weight = 0;
    for (const auto each : weights) weight += each;
    std::vector<std::uint64_t> parts;
    parts.reserve(weights.size());
    std::uint64_t seen = 0;
    std::uint64_t given = 0;
    for (const auto each : weights) {
        // By running sums: what rounding takes from one it gives to a later one.
        seen += each;
        const double share = weight == 0 ? 0 : static_cast<double>(seen) / static_cast<double>(weight);
        const std::uint64_t until =
            seen == weight ? total
                           : std::min(total, static_cast<std::uint64_t>(share * static_cast<double>(total) + 0.5));
        parts.push_back(until - given);
        given = until;
    }
    return parts;
}

}  // namespace

/// A body on its way to a request. What makes the request go alone ends the reading.
class ListRequest::Reading {
public:
    Reading(ListRequest& request, const Document& document)
        : request_(request), word_(request.word()), start_(document.begin())
    {}

    std::size_t fields = 0;
    bool escaped = false;  ///< a key is written with escapes: it may be any
    std::string_view input;

    /// False: the document is malformed, or the request goes alone and the rest of it does not matter.
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
        if (!Document::each(array, [&](json::value& element) { return item(element, kind, count); })) return false;
        std::string_view raw;
        if (array.reset().error() != simdjson::SUCCESS || array.raw_json().get(raw) != simdjson::SUCCESS) return false;
        input = trimmed(raw);
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
    Document document(body);
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

StatusOr<std::vector<std::string>> split(std::string_view answer, std::span<const ListRequest* const> members)
{
    std::size_t rows = 0;
    std::vector<std::uint64_t> weights;
    for (const ListRequest* member : members) {
        rows += member->rows();
        weights.push_back(member->tokens());
    }
    const bool embeds = members.front()->kind() == ListKind::Embeddings;
    const std::string_view listKey = embeds ? "data" : "choices";
    const std::string one = embeds ? "embedding" : "choice";
    // One pass over what may be megabytes of numbers. Of each item all fields but its index, by index.
    Document document(answer);
    std::vector<std::string> items(rows);
    std::vector<std::uint64_t> written(rows);  // about how many tokens each item's text has
    std::size_t seen = 0;
    std::string others;
    std::optional<std::uint64_t> promptSum, writtenSum, totalSum;
    std::string wrong;
    const auto takeItem = [&](json::value& item) {
        std::string text;
        std::size_t index = seen++;
        std::uint64_t tokens = 0;
        const bool object = Document::each<json::object>(item, [&](std::string_view key, json::value& value) {
            const auto raw = rawOf(value);
            if (!raw) return false;
            if (key == "index") {
                index = number(*raw).value_or(rows);
            } else {
                if (key == "text") tokens = textTokens(*raw);
                text.reserve(text.size() + key.size() + raw->size() + 16);
                text.append("\"").append(key).append("\":").append(*raw).append(",");
            }
            return true;
        });
        if (!object || text.empty()) {
            wrong = "an " + one + " of the response is not an object";
        } else if (index >= rows) {
            wrong = "the response has more " + one + "s than there were " + members.front()->word() + "s";
        } else if (!items[index].empty()) {
            wrong = "two " + one + "s of the response have the same index";
        } else {
            items[index] = std::move(text);
            written[index] = tokens;
        }
        return wrong.empty();
    };
    const auto takeUsage = [&](std::string_view key, json::value& value) {
        const auto raw = rawOf(value);
        const auto sum = raw ? number(*raw) : std::nullopt;
        if (sum && key == "prompt_tokens") promptSum = sum;
        if (sum && key == "completion_tokens") writtenSum = sum;
        if (sum && key == "total_tokens") totalSum = sum;
        return raw.has_value();
    };
    const bool well = document.eachField([&](std::string_view key, json::value& value) {
        if (key == listKey) return Document::each<json::array>(value, takeItem);
        json::json_type type;
        if (value.type().get(type) != simdjson::SUCCESS) return false;
        if (key == "usage" && type == json::json_type::object) return Document::each<json::object>(value, takeUsage);
        const auto raw = rawOf(value);
        if (raw) others.append("\"").append(key).append("\":").append(*raw).append(",");
        return raw.has_value();
    });
    if (!wrong.empty()) return failedPrecondition(wrong);
    if (!well) return failedPrecondition("the response is not a JSON object with a list of " + one + "s");
    if (seen != rows) {
        return failedPrecondition("the response has " + std::to_string(seen) + " " + one + "s for " +
                                  std::to_string(rows) + " " + members.front()->word() + "s");
    }
    std::vector<std::uint64_t> writtenWeights;
    std::size_t from = 0;
    for (const ListRequest* member : members) {
        writtenWeights.push_back(std::accumulate(written.begin() + static_cast<std::ptrdiff_t>(from),
                                                 written.begin() + static_cast<std::ptrdiff_t>(from + member->rows()),
                                                 std::uint64_t{0}));
        from += member->rows();
    }
    std::vector<std::uint64_t> prompt, completion, total;
    if (promptSum) prompt = shares(*promptSum, weights);
    if (writtenSum) completion = shares(*writtenSum, writtenWeights);
    if (totalSum && promptSum && writtenSum && *totalSum == *promptSum + *writtenSum) {
        for (std::size_t i = 0; i < members.size(); ++i) total.push_back(prompt[i] + completion[i]);
    } else if (totalSum) {
        total = shares(*totalSum, weights);
    }

    std::vector<std::string> answers;
    answers.reserve(members.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        std::string own = "{" + others + "\"" + std::string(listKey) + "\":[";
        for (std::uint32_t index = 0; index < members[i]->rows(); ++index, ++next) {
            own.append(index == 0 ? "{" : ",{").append(items[next]);
            own.append("\"index\":").append(std::to_string(index)).append("}");
        }
        own += "]";
        if (promptSum || writtenSum || totalSum) {
            own += ",\"usage\":{";
            if (promptSum) own.append("\"prompt_tokens\":").append(std::to_string(prompt[i])).append(",");
            if (writtenSum) own.append("\"completion_tokens\":").append(std::to_string(completion[i])).append(",");
            if (totalSum) own.append("\"total_tokens\":").append(std::to_string(total[i])).append(",");
            own += "\"millrace_estimated\":true}";
        }
        answers.push_back(own += "}");
    }
    return answers;
}

std::string errorMessage(std::string_view body)
{
    Document document(body);
    const auto fields = document.fields();
    const Field* error = fields ? find(*fields, "error") : nullptr;
    if (!error) return {};
    if (error->value.front() == '"') return Document(error->value).string();
    Document inner(error->value);
    const auto parts = inner.fields();
    const Field* message = parts ? find(*parts, "message") : nullptr;
    return message ? Document(message->value).string() : std::string();
}

}  // namespace millrace::batch
