// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/openai.h"

#include "front/json_events.h"
#include "front/json_text.h"
#include "serve/serve.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace millrace::front {

namespace {

/// A scalar as it was met, or that something else stood there.
struct Scalar {
    enum class Kind { Missing, Null, Text, Bool, Number, Other } kind = Kind::Missing;
    std::string text;  ///< of Text and Number
    bool on = false;

    void set(Kind of, std::string_view written = {})
    {
        kind = of;
        text.assign(written);
    }
};

/// Hears an object and keeps the scalars that a derived handler points to with slot().
/// Of a name that comes twice the last one counts, as in the servers behind us.
template <typename Derived>
class ScalarsOfObject : public JsonEvents {
public:
    bool isObject() const { return object_; }

    bool on_object_begin(Error&)
    {
        if (depth_ == 0) object_ = true;
        open();
        return true;
    }
    bool on_object_end(std::size_t, Error&)
    {
        close();
        return true;
    }
    bool on_array_begin(Error&)
    {
        open();
        return true;
    }
    bool on_array_end(std::size_t, Error&)
    {
        close();
        return true;
    }
    bool on_key_part(Text part, std::size_t, Error&)
    {
        if (interesting()) key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(Text rest, std::size_t, Error&)
    {
        if (!interesting()) return true;
        key_.append(rest.data(), rest.size());
        slot_ = self().slot(std::string_view(key_), depth_);
        lastKey_.swap(key_);
        key_.clear();
        text_.clear();
        return true;
    }
    bool on_string_part(Text part, std::size_t, Error&)
    {
        if (slot_) text_.append(part.data(), part.size());
        return true;
    }
    bool on_string(Text rest, std::size_t, Error&)
    {
        if (!slot_) return true;
        text_.append(rest.data(), rest.size());
        put(Scalar::Kind::Text, text_);
        return true;
    }
    bool on_number_part(Text part, Error&)
    {
        if (slot_) text_.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t, Text rest, Error&) { return number(rest); }
    bool on_uint64(std::uint64_t, Text rest, Error&) { return number(rest); }
    bool on_double(double, Text rest, Error&) { return number(rest); }
    bool on_bool(bool on, Error&)
    {
        if (slot_) slot_->on = on;
        put(Scalar::Kind::Bool);
        return true;
    }
    bool on_null(Error&)
    {
        put(Scalar::Kind::Null);
        return true;
    }

protected:
    const std::string& lastKey() const { return lastKey_; }

private:
    Derived& self() { return static_cast<Derived&>(*this); }
    bool interesting() const { return depth_ <= Derived::kDepth; }
    void open()
    {
        put(Scalar::Kind::Other);
        ++depth_;
        if (interesting()) self().opened(depth_);
    }
    void close() { --depth_; }
    void put(Scalar::Kind kind, std::string_view written = {})
    {
        if (Scalar* slot = std::exchange(slot_, nullptr)) slot->set(kind, written);
    }
    bool number(Text rest)
    {
        if (!slot_) return true;
        text_.append(rest.data(), rest.size());
        put(Scalar::Kind::Number, text_);
        return true;
    }

    int depth_ = 0;
    bool object_ = false;
    Scalar* slot_ = nullptr;
    std::string key_, lastKey_, text_;
};

class RequestFields : public ScalarsOfObject<RequestFields> {
public:
    static constexpr int kDepth = 1;
    Scalar model, stream;

    void opened(int) {}
    Scalar* slot(std::string_view key, int)
    {
        if (key == "model") return &model;
        if (key == "stream") return &stream;
        return nullptr;
    }
};

/// {"error": {message, type, param, code}}, {"error": "…"}, {"message": "…"} or {"detail": "…"}.
class ErrorFields : public ScalarsOfObject<ErrorFields> {
public:
    static constexpr int kDepth = 2;
    Scalar error, loose, message, type, param, code;

    void opened(int depth) { insideError_ = depth == 2 && lastKey() == "error"; }
    Scalar* slot(std::string_view key, int depth)
    {
        if (depth == 1) {
            if (key == "error") return &error;
            return key == "message" || key == "detail" ? &loose : nullptr;
        }
        if (!insideError_) return nullptr;
        if (key == "message") return &message;
        if (key == "type") return &type;
        if (key == "param") return &param;
        return key == "code" ? &code : nullptr;
    }

private:
    bool insideError_ = false;
};

constexpr std::size_t kWordsMax = 2048;

std::string cut(std::string_view words)
{
    if (words.size() <= kWordsMax) return std::string(words);
    return std::string(words.substr(0, kWordsMax)) + " …";
}

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

/// Of a refusal in HTTP's own terms, where nothing else says what kind it is.
const char* typeOf(unsigned httpStatus)
{
    if (httpStatus == 401) return "authentication_error";
    if (httpStatus == 403) return "permission_error";
    if (httpStatus == 404) return "not_found_error";
    if (httpStatus == 429) return "rate_limit_error";
    return httpStatus < 500 ? "invalid_request_error" : "server_error";
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
    // Not OpenAI's; clients skip what they do not know.
    out += R"(,"state":)";
    appendQuoted(out, model.state);
    if (!model.info.kind.empty()) {
        out += R"(,"kind":)";
        appendQuoted(out, model.info.kind);
    }
    out += '}';
}

std::optional<std::string> asText(const Scalar& scalar)
{
    if (scalar.kind == Scalar::Kind::Text || scalar.kind == Scalar::Kind::Number) return scalar.text;
    return std::nullopt;
}

bool isTextOrNull(const Scalar& scalar)
{
    return scalar.kind == Scalar::Kind::Text || scalar.kind == Scalar::Kind::Null;
}

}  // namespace

StatusOr<OpenAiHead> readOpenAiHead(std::string_view body)
{
    if (body.empty()) return invalidArgument("the body is empty; a JSON object is expected");
    const auto heard = hearJson<RequestFields>(body);
    if (heard.problem) return invalidArgument("the body is no JSON: " + *heard.problem);
    const RequestFields& fields = heard.handler;
    if (!fields.isObject()) return invalidArgument("the body must be a JSON object");

    if (fields.model.kind == Scalar::Kind::Missing || fields.model.kind == Scalar::Kind::Null)
        return withField(invalidArgument("model is missing: name the model that shall answer"), "model");
    if (fields.model.kind != Scalar::Kind::Text) return withField(invalidArgument("model must be a string"), "model");
    if (fields.model.text.empty()) return withField(invalidArgument("model must not be empty"), "model");

    OpenAiHead head;
    head.model = fields.model.text;
    if (fields.stream.kind == Scalar::Kind::Bool)
        head.stream = fields.stream.on;
    else if (fields.stream.kind != Scalar::Kind::Missing && fields.stream.kind != Scalar::Kind::Null)
        return withField(invalidArgument("stream must be true or false"), "stream");
    return head;
}

std::string openAiError(const Status& status)
{
    const Kind kind = kindOf(status);
    auto param = fieldOf(status);
    if (!param && status.code() == absl::StatusCode::kNotFound) param = "model";
    std::string out;
    appendError(out, text(status), kind.type, param, kind.code ? std::optional<std::string>(kind.code) : std::nullopt);
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
    appendQuoted(out, text(status));
    out += ",\"param\":";
    if (const auto param = fieldOf(status))
        appendQuoted(out, *param);
    else
        out += "null";
    return out + "}\n\n";
}

std::string openAiUpstreamError(unsigned httpStatus, std::string body)
{
    const auto heard = hearJson<ErrorFields>(body);
    const ErrorFields& fields = heard.handler;
    if (!heard.problem && fields.message.kind == Scalar::Kind::Text && fields.type.kind == Scalar::Kind::Text &&
        isTextOrNull(fields.param) && isTextOrNull(fields.code))
        return body;
    std::string out;
    appendError(out, upstreamWords(body), asText(fields.type).value_or(typeOf(httpStatus)), asText(fields.param),
                asText(fields.code));
    return out;
}

std::string upstreamWords(std::string_view body)
{
    const auto heard = hearJson<ErrorFields>(body);
    if (!heard.problem) {
        for (const Scalar* words : {&heard.handler.message, &heard.handler.error, &heard.handler.loose})
            if (words->kind == Scalar::Kind::Text && !words->text.empty()) return cut(words->text);
    }
    const auto begin = body.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return "the backend gave no reason";
    return cut(body.substr(begin, body.find_last_not_of(" \t\r\n") - begin + 1));
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
