// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/openai_read.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cmath>
#include <optional>
#include <utility>

namespace millrace::runtime::openai {

namespace json = boost::json;

namespace {

constexpr std::int64_t kTokensMax = 16384;
constexpr std::int64_t kTokensUsual = 128;
constexpr std::size_t kTextsMax = 2048;  // OpenAI's own limit for embeddings
constexpr std::size_t kPromptsMax = 64;
constexpr std::size_t kStopsMax = 4;
constexpr std::size_t kStopBytesMax = 1024;  // per prompt
constexpr std::size_t kDepthMax = 128;       // as in the engine's front
constexpr std::size_t kValuesMax = 1 << 18;  // per body: far above kTextsMax, far below what a body could contain

Status wrong(const std::string& field, const std::string& what)
{
    return withField(invalidArgument(field + ": " + what), field);
}

std::string stringOf(const json::value& value)
{
    return {value.get_string().begin(), value.get_string().end()};
}

/// Estimates the number of values by counting commas outside of strings, since a parsed value takes up to 24 bytes.
bool hasTooManyValues(std::string_view body)
{
    std::size_t commas = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < body.size(); ++at) {
        const char letter = body[at];
        if (quoted && letter == '\\')
            ++at;
        else if (letter == '"')
            quoted = !quoted;
        else if (letter == ',' && !quoted && ++commas >= kValuesMax)
            return true;
    }
    return false;
}

StatusOr<json::object> parse(std::string_view body)
{
    if (hasTooManyValues(body))
        return invalidArgument("the body has more than " + std::to_string(kValuesMax) +
                               " values; embeddings take texts, at most " + std::to_string(kTextsMax) + " of them");
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = kDepthMax;
    json::value value = json::parse(json::string_view(body.data(), body.size()), error, {}, options);
    if (error) return invalidArgument("the body is not JSON: " + error.message());
    if (!value.is_object()) return invalidArgument("request body must be a JSON object");
    return std::move(value.get_object());
}

/// A field that is present and not null.
const json::value* find(const json::object& object, const char* name)
{
    const json::value* value = object.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

Status readModel(const json::object& body, std::string& into)
{
    const json::value* value = find(body, "model");
    if (value == nullptr) return wrong("model", "missing");
    if (!value->is_string() || value->get_string().empty()) return wrong("model", "must be a string");
    into = stringOf(*value);
    return absl::OkStatus();
}

Status readNumber(const json::object& body, const char* name, double least, double most, double& into)
{
    const json::value* value = find(body, name);
    if (value == nullptr) return absl::OkStatus();
    const double number = value->is_number() ? value->to_number<double>() : std::nan("");
    if (!(number >= least && number <= most))
        return wrong(name, "must be a number from " + std::to_string(least).substr(0, 3) + " to " +
                               std::to_string(most).substr(0, 3));
    into = number;
    return absl::OkStatus();
}

Status readWhole(const json::object& body, const char* name, std::int64_t least, std::int64_t most,
                 std::optional<std::int64_t>& into)
{
    const json::value* value = find(body, name);
    if (value == nullptr) return absl::OkStatus();
    boost::system::error_code error;
    const auto number = value->is_number() ? value->to_number<std::int64_t>(error) : 0;
    if (!value->is_number() || error || number < least || number > most)
        return wrong(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    into = number;
    return absl::OkStatus();
}

Status readFlag(const json::object& body, const char* name, bool& into)
{
    const json::value* value = find(body, name);
    if (value == nullptr) return absl::OkStatus();
    if (!value->is_bool()) return wrong(name, "must be true or false");
    into = value->get_bool();
    return absl::OkStatus();
}

Status readStops(const json::object& body, std::vector<std::string>& into)
{
    const json::value* value = find(body, "stop");
    if (value == nullptr) return absl::OkStatus();
    if (value->is_string()) {
        into.push_back(stringOf(*value));
    } else {
        if (!value->is_array() || value->get_array().size() > kStopsMax)
            return wrong("stop", "must be a string or an array of up to " + std::to_string(kStopsMax));
        for (const json::value& entry : value->get_array()) {
            if (!entry.is_string()) return wrong("stop", "must contain strings");
            into.push_back(stringOf(entry));
        }
    }
    for (const std::string& stop : into)
        if (stop.size() > kStopBytesMax)
            return wrong("stop", "a sequence has " + std::to_string(stop.size()) + " bytes, the maximum is " +
                                     std::to_string(kStopBytesMax));
    return absl::OkStatus();
}

Status notOffered(const std::string& field, const std::string& instead)
{
    return wrong(field, "not supported by this server" + (instead.empty() ? "" : "; " + instead));
}

/// Refuses unsupported fields that would change the answer. Values without effect ("none", an empty list, 0) are
/// accepted.
Status readWishes(const json::object& body)
{
    const auto isEmpty = [](const json::value& value) {
        return (value.is_array() && value.get_array().empty()) || (value.is_object() && value.get_object().empty());
    };
    const auto is = [](const json::value* value, const char* word) {
        return value != nullptr && value->is_string() && value->get_string() == word;
    };
    const std::string plain = "the models of this server only generate text";
    for (const auto& [list, choice] : {std::pair{"tools", "tool_choice"}, std::pair{"functions", "function_call"}}) {
        const json::value* chosen = find(body, choice);
        const bool none = is(chosen, "none");
        if (chosen != nullptr && !none && !is(chosen, "auto")) return notOffered(choice, plain);
        const json::value* tools = find(body, list);
        if (tools != nullptr && !none && !isEmpty(*tools)) return notOffered(list, plain);
    }
    if (const json::value* format = find(body, "response_format")) {
        const json::value* type = format->is_object() ? format->get_object().if_contains("type") : nullptr;
        if (type == nullptr || !type->is_string()) return wrong("response_format.type", "must be a string");
        if (type->get_string() != "text")
            return wrong("response_format",
                         "'" + stringOf(*type) + "' is not supported by this server; only 'text' is");
    }
    for (const char* field : {"logit_bias", "audio", "prediction", "web_search_options"})
        if (const json::value* value = find(body, field); value != nullptr && !isEmpty(*value))
            return notOffered(field, {});
    if (const json::value* modalities = find(body, "modalities"); modalities != nullptr && modalities->is_array())
        for (const json::value& modality : modalities->get_array())
            if (!is(&modality, "text")) return notOffered("modalities", plain);
    for (const char* field : {"frequency_penalty", "presence_penalty", "top_logprobs"}) {
        const json::value* value = find(body, field);
        if (value == nullptr) continue;
        if (!value->is_number()) return wrong(field, "must be a number");
        if (value->to_number<double>() != 0.0) return notOffered(field, "0 is");
    }
    return absl::OkStatus();
}

/// The common fields of chats and completions: sampling, and the form of the answer.
Status readManner(const json::object& body, std::uint64_t entropy, TextCall& call, GenerationRequest& manner)
{
    std::optional<std::int64_t> count;
    std::optional<std::int64_t> tokens;
    std::optional<std::int64_t> seed;
    Status status = readWhole(body, "n", 1, 1, count);
    if (!status.ok()) return wrong("n", "only 1 choice per request is supported");
    status = readWhole(body, "best_of", 1, 1, count);
    if (!status.ok()) return wrong("best_of", "only 1 choice per request is supported");
    status.Update(readWhole(body, "max_tokens", 1, kTokensMax, tokens));
    status.Update(readWhole(body, "max_completion_tokens", 1, kTokensMax, tokens));
    status.Update(readWhole(body, "seed", INT64_MIN, INT64_MAX, seed));
    status.Update(readNumber(body, "temperature", 0.0, 2.0, manner.writing.temperature));
    status.Update(readNumber(body, "top_p", 0.0, 1.0, manner.writing.topP));
    status.Update(readStops(body, manner.stop));
    status.Update(readFlag(body, "stream", call.stream));
    if (const json::value* logs = find(body, "logprobs"))
        if (!(logs->is_bool() && !logs->get_bool())) return notOffered("logprobs", {});
    status.Update(readWishes(body));
    if (const json::value* options = find(body, "stream_options")) {
        if (!options->is_object()) return wrong("stream_options", "must be an object");
        status.Update(readFlag(options->get_object(), "include_usage", call.usageAsked));
    }
    manner.tokensMax = tokens.value_or(kTokensUsual);
    manner.writing.seed = seed ? static_cast<std::uint64_t>(*seed) : entropy;
    return status;
}

/// A message's content: a string, or the concatenated parts of type text.
StatusOr<std::string> contentOf(const json::object& message, const std::string& field)
{
    const json::value* content = find(message, "content");
    if (content == nullptr) return std::string();
    if (content->is_string()) return stringOf(*content);
    if (!content->is_array()) return wrong(field, "must be a string or an array of parts");
    std::string text;
    for (const json::value& part : content->get_array()) {
        const json::value* type = part.is_object() ? part.get_object().if_contains("type") : nullptr;
        if (type == nullptr || !type->is_string()) return wrong(field, "a part requires a type");
        if (type->get_string() != "text") return wrong(field, "only parts of type text are supported");
        const json::value* words = part.get_object().if_contains("text");
        if (words == nullptr || !words->is_string()) return wrong(field, "a part of type text requires text");
        text += stringOf(*words);
    }
    return text;
}

}  // namespace

StatusOr<TextCall> readChat(std::string_view text, std::uint64_t entropy)
{
    StatusOr<json::object> body = parse(text);
    if (!body.ok()) return body.status();
    TextCall call;
    if (Status status = readModel(*body, call.model); !status.ok()) return status;
    GenerationRequest manner;
    if (Status status = readManner(*body, entropy, call, manner); !status.ok()) return status;

    const json::value* messages = find(*body, "messages");
    if (messages == nullptr || !messages->is_array() || messages->get_array().empty())
        return wrong("messages", "must be an array with at least one message");
    // The models do not distinguish roles: the conversation is a text, and the answer its next paragraph.
    std::size_t at = 0;
    for (const json::value& message : messages->get_array()) {
        const std::string field = "messages[" + std::to_string(at++) + "]";
        if (!message.is_object()) return wrong(field, "must be an object");
        const json::value* role = find(message.get_object(), "role");
        if (role == nullptr || !role->is_string()) return wrong(field + ".role", "missing");
        StatusOr<std::string> content = contentOf(message.get_object(), field + ".content");
        if (!content.ok()) return content.status();
        if (!content->empty()) manner.writing.prompt += *content + "\n\n";
    }
    call.texts.push_back(std::move(manner));
    return call;
}

StatusOr<TextCall> readCompletion(std::string_view text, std::uint64_t entropy)
{
    StatusOr<json::object> body = parse(text);
    if (!body.ok()) return body.status();
    TextCall call;
    call.chat = false;
    if (Status status = readModel(*body, call.model); !status.ok()) return status;
    GenerationRequest manner;
    if (Status status = readManner(*body, entropy, call, manner); !status.ok()) return status;
    if (find(*body, "suffix") != nullptr) return wrong("suffix", "not supported by this server");
    bool echo = false;
    if (Status status = readFlag(*body, "echo", echo); !status.ok()) return status;
    if (echo) return wrong("echo", "not supported by this server");

    const json::value* prompt = find(*body, "prompt");
    std::vector<std::string> prompts;
    if (prompt == nullptr) {
        prompts.emplace_back();
    } else if (prompt->is_string()) {
        prompts.push_back(stringOf(*prompt));
    } else if (prompt->is_array() && !prompt->get_array().empty() && prompt->get_array().size() <= kPromptsMax) {
        for (const json::value& item : prompt->get_array()) {
            if (!item.is_string())
                return wrong("prompt",
                             "must contain strings; token IDs are not supported by the models of this server");
            prompts.push_back(stringOf(item));
        }
    } else {
        return wrong("prompt", "must be a string or an array of 1 to " + std::to_string(kPromptsMax) + " strings");
    }
    for (std::string& item : prompts) {
        manner.writing.prompt = std::move(item);
        call.texts.push_back(manner);
    }
    return call;
}

StatusOr<EmbeddingCall> readEmbedding(std::string_view text)
{
    StatusOr<json::object> body = parse(text);
    if (!body.ok()) return body.status();
    EmbeddingCall call;
    if (Status status = readModel(*body, call.model); !status.ok()) return status;

    const json::value* input = find(*body, "input");
    if (input == nullptr) return wrong("input", "missing");
    if (input->is_string()) {
        call.texts.push_back(stringOf(*input));
    } else if (input->is_array()) {
        const json::array& list = input->get_array();
        if (list.empty() || list.size() > kTextsMax)
            return wrong("input", "has " + std::to_string(list.size()) + " texts, at most are allowed: 1 to " +
                                      std::to_string(kTextsMax));
        for (const json::value& item : list) {
            if (!item.is_string())
                return wrong("input",
                             "must contain strings; token IDs are not supported by the models of this server: send the "
                             "texts themselves (in LangChain: check_embedding_ctx_length=False)");
            call.texts.push_back(stringOf(item));
        }
    } else {
        return wrong("input", "must be a string or an array of strings");
    }
    for (const std::string& item : call.texts)
        if (item.empty()) return wrong("input", "must not contain an empty string");

    if (const json::value* format = find(*body, "encoding_format")) {
        const std::string name = format->is_string() ? stringOf(*format) : std::string();
        if (name != "float" && name != "base64") return wrong("encoding_format", "must be float or base64");
        call.base64 = name == "base64";
    }
    std::optional<std::int64_t> dimensions;
    if (Status status = readWhole(*body, "dimensions", 1, 65536, dimensions); !status.ok()) return status;
    if (dimensions) call.dimensions = static_cast<std::size_t>(*dimensions);
    return call;
}

std::string modelNamed(std::string_view text)
{
    const StatusOr<json::object> body = parse(text);
    if (!body.ok()) return {};
    std::string model;
    static_cast<void>(readModel(*body, model));
    return model;
}

}  // namespace millrace::runtime::openai
