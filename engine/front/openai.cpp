// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/openai.h"

#include "base/letters.h"
#include "base/text.h"
#include "front/json_scan.h"
#include "front/json_text.h"
#include "serve/model_name.h"
#include "serve/serve.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace millrace::front {

namespace {

struct Kind {
    const char* type;
    const char* code;  ///< null: none
};

Kind kindOf(const Status& status)
{
    switch (status.code()) {
        case absl::StatusCode::kInvalidArgument:
        case absl::StatusCode::kOutOfRange:
            return {"invalid_request_error", nullptr};
        case absl::StatusCode::kNotFound:
            return {"not_found_error", "model_not_found"};
        case absl::StatusCode::kUnauthenticated:
            return {"authentication_error", "invalid_api_key"};
        case absl::StatusCode::kPermissionDenied:
            return {"permission_error", "forbidden"};
        case absl::StatusCode::kFailedPrecondition:
        case absl::StatusCode::kAborted:
        case absl::StatusCode::kAlreadyExists:
            return {"invalid_request_error", "failed_precondition"};
        case absl::StatusCode::kResourceExhausted:
            return {"rate_limit_error", "rate_limit_exceeded"};
        case absl::StatusCode::kUnimplemented:
            return {"invalid_request_error", "unsupported"};
        case absl::StatusCode::kDeadlineExceeded:
            return {"server_error", "timeout"};
        case absl::StatusCode::kUnavailable:
            return {"server_error", "unavailable"};
        case absl::StatusCode::kCancelled:
            return {"server_error", "cancelled"};
        default:
            return {"server_error", "internal_error"};
    }
}

/// The error type by HTTP status, if nothing more specific is known.
const char* typeOf(unsigned httpStatus)
{
    if (httpStatus == 401) return "authentication_error";
    if (httpStatus == 403) return "permission_error";
    if (httpStatus == 404) return "not_found_error";
    if (httpStatus == 429) return "rate_limit_error";
    return httpStatus < 500 ? "invalid_request_error" : "server_error";
}

/// Source: Anthropic's API, "Errors".
const char* anthropicType(const Status& status)
{
    switch (toHttp(status)) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        case 503:
        case 529:
            return "overloaded_error";
        case 504:
            return "timeout_error";
        default:
            return toHttp(status) < 500 ? "invalid_request_error" : "api_error";
    }
}

void appendError(std::string& out, std::string_view message, std::string_view type,
                 const std::optional<std::string>& param, const std::optional<std::string>& code)
{
    const auto orNull = [&](const std::optional<std::string>& value) {
        if (value)
            appendQuoted(out, *value);
        else
            out += "null";
    };
    out += R"({"error":{"message":)";
    appendQuoted(out, message);
    out += R"(,"type":)";
    appendQuoted(out, type);
    out += R"(,"param":)";
    orNull(param);
    out += R"(,"code":)";
    orNull(code);
    out += "}}";
}

void appendModel(std::string& out, const serve::ModelEntry& model)
{
    out += R"({"id":)";
    appendQuoted(out, model.name);
    out += R"(,"object":"model","created":)" + std::to_string(model.info.created) + R"(,"owned_by":)";
    appendQuoted(out, model.backend);
    // An extension, which clients ignore.
    out += R"(,"state":)";
    appendQuoted(out, load::name(model.state));
    if (const auto kind = backend::nameOf(model.info.kind); !kind.empty()) {
        out += R"(,"kind":)";
        appendQuoted(out, kind);
    }
    out += '}';
}

/// The member of that name; null: none. Of duplicates the last one, as in most parsers.
std::optional<std::string_view> find(const JsonScan& scan, std::string_view key)
{
    std::optional<std::string_view> found;
    for (const JsonMember& member : scan.members)
        if (member.key == key) found = member.value;
    return found;
}

/// The text of a member; empty: missing, not a string, or empty.
std::string textOf(const JsonScan& scan, std::string_view key)
{
    const auto written = find(scan, key);
    return written && isJsonString(*written) ? jsonString(*written).value_or("") : std::string();
}

/// The object without the members called `without`, and without its closing brace.
std::string openObject(const JsonScan& scan, std::initializer_list<std::string_view> without)
{
    std::string out = "{";
    for (const JsonMember& member : scan.members) {
        if (std::find(without.begin(), without.end(), member.key) != without.end()) continue;
        if (out.size() > 1) out += ',';
        out += '"';
        out += member.key;
        out += "\":";
        out += member.value;
    }
    return out;
}

void addMember(std::string& object, std::string_view key, std::string_view written)
{
    if (object.size() > 1) object += ',';
    appendQuoted(object, key);
    object += ':';
    object += written;
}

std::string quoted(std::string_view text)
{
    std::string out;
    appendQuoted(out, text);
    return out;
}

/// The unescaped key of a wanted member, or an error for duplicates.
StatusOr<std::optional<std::string_view>> onlyMember(const JsonScan& scan, const std::string& key)
{
    std::optional<std::string_view> found;
    for (const JsonMember& member : scan.members) {
        if (member.key != key &&
            (member.key.find('\\') == std::string_view::npos || jsonString('"' + std::string(member.key) + '"') != key))
            continue;
        // Backends may use another one of duplicates, but must serve what we route by.
        if (found) return withField(invalidArgument(key + " is specified twice"), key);
        found = member.value;
    }
    return found;
}

}  // namespace

StatusOr<OpenAiHead> readOpenAiHead(std::string_view body)
{
    body.remove_prefix(byteOrderMark(body));
    if (body.empty()) return invalidArgument("request body is empty; a JSON object is expected");
    const JsonScan scan = scanJson(body, {"model", "stream"});
    if (scan.problem) return invalidArgument("request body is not valid JSON: " + *scan.problem);
    if (!scan.isObject) return invalidArgument("request body must be a JSON object");

    const auto model = onlyMember(scan, "model");
    if (!model.ok()) return model.status();
    const auto stream = onlyMember(scan, "stream");
    if (!stream.ok()) return stream.status();
    if (!*model || **model == "null") return withField(invalidArgument("model is required"), "model");
    if (!isJsonString(**model)) return withField(invalidArgument("model must be a string"), "model");
    const auto name = jsonString(**model);
    if (!name) return withField(invalidArgument("model contains an unpaired surrogate"), "model");
    if (Status status = serve::checkName(*name); !status.ok()) return status;

    OpenAiHead head;
    head.model = *name;
    if (*stream && **stream != "null") {
        head.stream = **stream == "true";
        if (!head.stream && **stream != "false")
            return withField(invalidArgument("stream must be true or false"), "stream");
    }
    return head;
}

std::string openAiError(const Status& status)
{
    const Kind kind = kindOf(status);
    auto param = fieldOf(status);
    if (!param && status.code() == absl::StatusCode::kNotFound) param = "model";
    std::string out;
    appendError(out, washed(text(status), kMessageBytesMax), kind.type, param,
                kind.code ? std::optional<std::string>(kind.code) : std::nullopt);
    return out;
}

std::string openAiErrorEvent(const Status& status)
{
    return "data: " + openAiError(status) + "\n\n";
}

std::string responsesErrorEvent(const Status& status)
{
    const Kind kind = kindOf(status);
    std::string out = "event: error\ndata: {\"type\":\"error\",\"code\":";
    appendQuoted(out, kind.code ? kind.code : kind.type);
    out += ",\"message\":";
    appendQuoted(out, washed(text(status), kMessageBytesMax));
    out += ",\"param\":";
    if (const auto param = fieldOf(status))
        appendQuoted(out, *param);
    else
        out += "null";
    return out + "}\n\n";
}

std::string openAiUpstreamError(unsigned httpStatus, std::string body)
{
    const JsonScan root = scanAllJson(body);
    if (root.problem || !root.isObject) {
        std::string out;
        appendError(out, upstreamWords(body), typeOf(httpStatus), std::nullopt, std::nullopt);
        return out;
    }
    const auto given = find(root, "error");
    const bool hasObject = given && given->starts_with('{');
    // Without an error object its fields may be at the top level (older vLLM).
    const JsonScan inner = hasObject ? scanAllJson(*given) : JsonScan();
    const JsonScan& source = hasObject ? inner : root;
    const bool worded = hasObject && !textOf(inner, "message").empty();
    const bool typed = !textOf(source, "type").empty();
    const bool whole = worded && typed && find(inner, "param") && find(inner, "code");
    if (whole) return body;

    constexpr std::string_view kNone = "\n";  // not a possible key
    std::string error = hasObject ? openObject(inner, {worded ? kNone : "message", typed ? kNone : "type"}) : "{";
    if (!worded) addMember(error, "message", quoted(upstreamWords(body)));
    if (!typed) addMember(error, "type", quoted(typeOf(httpStatus)));
    for (const char* key : {"type", "param", "code"}) {
        const auto written = find(source, key);
        if (key == std::string_view("type") ? typed && !hasObject : !hasObject || !written)
            addMember(error, key, written.value_or("null"));
    }
    const std::string others = openObject(root, {"error"});
    return R"({"error":)" + error + '}' + (others.size() > 1 ? ',' + others.substr(1) : std::string()) + '}';
}

std::string upstreamWords(std::string_view body)
{
    const JsonScan root = scanJson(body, {"error", "message", "detail"});
    if (!root.problem) {
        std::string words;
        if (const auto error = find(root, "error"); error && error->starts_with('{'))
            words = textOf(scanJson(*error, {"message"}), "message");
        for (const char* key : {"error", "message", "detail"})
            if (words.empty()) words = textOf(root, key);
        if (!words.empty()) return washed(std::move(words), kMessageBytesMax);
    }
    const auto words = trimmed(body, " \t\r\n");
    if (words.empty()) return "the backend did not give a reason";
    return washed(words, kMessageBytesMax);
}

bool hasErrorCode(std::string_view body)
{
    const JsonScan root = scanJson(body, {"error"});
    const auto error = root.problem ? std::nullopt : find(root, "error");
    return error && error->starts_with('{') && !textOf(scanJson(*error, {"code"}), "code").empty();
}

std::string anthropicError(const Status& status)
{
    std::string out = R"({"type":"error","error":{"type":)";
    appendQuoted(out, anthropicType(status));
    out += R"(,"message":)";
    appendQuoted(out, washed(text(status), kMessageBytesMax));
    return out + "}}";
}

std::string anthropicErrorEvent(const Status& status)
{
    return "event: error\ndata: " + anthropicError(status) + "\n\n";
}

bool isAnthropicError(std::string_view body)
{
    const JsonScan root = scanJson(body, {"type", "error"});
    const auto error = root.problem ? std::nullopt : find(root, "error");
    return error && error->starts_with('{') && textOf(root, "type") == "error" &&
           !textOf(scanJson(*error, {"message"}), "message").empty();
}

std::string openAiModels(const std::vector<serve::ModelEntry>& models)
{
    std::string out = R"({"object":"list","data":[)";
    std::unordered_set<std::string_view> named;
    for (const auto& model : models) {
        if (!named.insert(model.name).second) continue;
        if (named.size() > 1) out += ',';
        appendModel(out, model);
    }
    return out + "]}";
}

std::string openAiModel(const serve::ModelEntry& model)
{
    std::string out;
    appendModel(out, model);
    return out;
}

}  // namespace millrace::front
