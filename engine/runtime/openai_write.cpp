// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/openai_write.h"

#include "runtime/tokenizer.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>
#include <cstring>

namespace millrace::runtime::openai {

namespace json = boost::json;

namespace {

const char* nameOf(Finish finish)
{
    return finish == Finish::Stop ? "stop" : "length";
}

json::object usageOf(const Usage& usage)
{
    return {{"prompt_tokens", usage.prompt},
            {"completion_tokens", usage.completion},
            {"total_tokens", usage.prompt + usage.completion}};
}

json::object headOf(const AnswerHead& head, bool chunk)
{
    json::object object;
    object["id"] = head.id;
    object["object"] = !head.chat ? "text_completion" : chunk ? "chat.completion.chunk" : "chat.completion";
    object["created"] = head.createdS;
    object["model"] = head.model;
    return object;
}

std::string eventOf(const json::object& object)
{
    return "data: " + json::serialize(object) + "\n\n";
}

json::object errorOf(const Status& status)
{
    const char* code = nullptr;
    const char* type = "server_error";
    switch (status.code()) {
        case absl::StatusCode::kInvalidArgument:
            type = "invalid_request_error";
            break;
        case absl::StatusCode::kNotFound:
            type = "invalid_request_error", code = "model_not_found";
            break;
        case absl::StatusCode::kFailedPrecondition:
            type = "invalid_request_error", code = "model_not_loaded";
            break;
        case absl::StatusCode::kResourceExhausted:
            type = "rate_limit_error", code = "rate_limit_exceeded";
            break;
        case absl::StatusCode::kUnavailable:
            code = "unavailable";
            break;
        default:
            break;
    }
    json::object inner;
    inner["message"] = text(status);
    inner["type"] = type;
    const auto field = fieldOf(status);
    inner["param"] = field ? json::value(*field) : json::value(nullptr);
    inner["code"] = code != nullptr ? json::value(code) : json::value(nullptr);
    json::object object;
    object["error"] = std::move(inner);
    return object;
}

json::object modelObject(const ModelInfo& info)
{
    json::object own;
    if (info.config) {
        const ModelConfig& config = *info.config;
        own["kind"] = std::string(nameOf(config.kind));
        own["platform"] = std::string(config.platform());
        if (!config.description.empty()) own["description"] = config.description;
        if (config.kind != ModelKind::Classifier) own["input_max"] = config.inputMax;
        own["batch_max"] = config.batchMax;
        const auto tensors = [](const std::vector<TensorSpec>& specs) {
            json::array list;
            for (const TensorSpec& spec : specs)
                list.push_back(json::object{{"name", spec.name},
                                            {"datatype", std::string(runtime::nameOf(spec.type))},
                                            {"shape", json::array(spec.shape.begin(), spec.shape.end())}});
            return list;
        };
        own["inputs"] = tensors(config.inputs);
        own["outputs"] = tensors(config.outputs);
    }
    own["version"] = info.version;
    own["state"] = info.state == ModelState::Loaded      ? "loaded"
                   : info.state == ModelState::Loading   ? "loading"
                   : info.state == ModelState::Unloading ? "unloading"
                                                         : "unloaded";
    own["bytes"] = info.bytes;
    if (info.state == ModelState::Unloaded && info.reason != "unloaded") own["problem"] = info.reason;
    json::object object;
    object["id"] = info.name;
    object["object"] = "model";
    object["created"] = info.createdS;
    object["owned_by"] = "millrace";
    object["millrace"] = std::move(own);
    return object;
}

std::string base64Of(const std::vector<float>& vector)
{
    static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto* bytes = reinterpret_cast<const unsigned char*>(vector.data());
    const std::size_t size = vector.size() * sizeof(float);
    std::string text;
    text.reserve((size + 2) / 3 * 4);
    for (std::size_t at = 0; at < size; at += 3) {
        const std::size_t left = std::min<std::size_t>(3, size - at);
        const unsigned group = (unsigned{bytes[at]} << 16) | (left > 1 ? unsigned{bytes[at + 1]} << 8 : 0U) |
                               (left > 2 ? unsigned{bytes[at + 2]} : 0U);
        text += kLetters[group >> 18];
        text += kLetters[(group >> 12) & 63];
        text += left > 1 ? kLetters[(group >> 6) & 63] : '=';
        text += left > 2 ? kLetters[group & 63] : '=';
    }
    return text;
}

void appendNumbers(const std::vector<float>& vector, std::string& text)
{
    char digits[32];
    text += '[';
    for (std::size_t at = 0; at < vector.size(); ++at) {
        if (at != 0) text += ',';
        const auto end = std::to_chars(digits, digits + sizeof(digits), vector[at]).ptr;
        text.append(digits, end);
    }
    text += ']';
}

}  // namespace

std::string answer(const AnswerHead& head, const std::vector<Piece>& pieces, const Usage& usage)
{
    json::array choices;
    for (const Piece& piece : pieces) {
        json::object choice;
        choice["index"] = choices.size();
        if (head.chat)
            choice["message"] = json::object{{"role", "assistant"}, {"content", piece.text}};
        else
            choice["text"] = piece.text;
        choice["logprobs"] = nullptr;
        choice["finish_reason"] = nameOf(piece.finish);
        choices.push_back(std::move(choice));
    }
    json::object object = headOf(head, false);
    object["choices"] = std::move(choices);
    object["usage"] = usageOf(usage);
    return json::serialize(object);
}

std::string event(const AnswerHead& head, std::size_t index, const Piece& piece, bool first)
{
    const auto one = [&](const std::string& words, bool role, bool finished) {
        json::object choice;
        choice["index"] = index;
        if (head.chat) {
            json::object delta;
            if (role) delta["role"] = "assistant";
            if (!finished) delta["content"] = words;
            choice["delta"] = std::move(delta);
        } else {
            choice["text"] = words;
        }
        choice["logprobs"] = nullptr;
        choice["finish_reason"] = finished ? json::value(nameOf(piece.finish)) : json::value(nullptr);
        json::object object = headOf(head, true);
        object["choices"] = json::array{std::move(choice)};
        if (head.usageAsked) object["usage"] = nullptr;
        return eventOf(object);
    };
    std::string events;
    if (!piece.text.empty() || first) events += one(piece.text, first && head.chat, false);
    if (piece.finish != Finish::None) events += one("", false, true);
    return events;
}

std::string usageEvent(const AnswerHead& head, const Usage& usage)
{
    json::object object = headOf(head, true);
    object["choices"] = json::array{};
    object["usage"] = usageOf(usage);
    return eventOf(object);
}

std::string errorEvent(const Status& status)
{
    return eventOf(errorOf(status));
}

StatusOr<std::string> embeddings(const EmbeddingCall& call, std::vector<std::vector<float>> vectors)
{
    std::int64_t words = 0;
    for (const std::string& text : call.texts) words += HashedNgrams::wordCount(text);
    std::string body = R"({"object":"list","data":[)";
    for (std::size_t at = 0; at < vectors.size(); ++at) {
        std::vector<float>& vector = vectors[at];
        if (call.dimensions && *call.dimensions != vector.size()) {
            if (*call.dimensions > vector.size())
                return withField(invalidArgument("dimensions: the model has " + std::to_string(vector.size())),
                                 "dimensions");
            vector.resize(*call.dimensions);
            double square = 0.0;
            for (const float value : vector) square += static_cast<double>(value) * static_cast<double>(value);
            const auto length = static_cast<float>(std::sqrt(std::max(square, 1e-12)));
            for (float& value : vector) value /= length;
        }
        body += at == 0 ? "" : ",";
        body += R"({"object":"embedding","index":)" + std::to_string(at) + R"(,"embedding":)";
        if (call.base64)
            body += '"' + base64Of(vector) + '"';
        else
            appendNumbers(vector, body);
        body += '}';
    }
    json::object usage{{"prompt_tokens", words}, {"total_tokens", words}};
    body += R"(],"model":)" + json::serialize(json::string(call.model)) + R"(,"usage":)" + json::serialize(usage) + "}";
    return body;
}

std::string models(const std::vector<ModelInfo>& list)
{
    json::array data;
    for (const ModelInfo& info : list) data.push_back(modelObject(info));
    json::object object;
    object["object"] = "list";
    object["data"] = std::move(data);
    return json::serialize(object);
}

std::string model(const ModelInfo& info)
{
    return json::serialize(modelObject(info));
}

std::string error(const Status& status)
{
    return json::serialize(errorOf(status));
}

}  // namespace millrace::runtime::openai
