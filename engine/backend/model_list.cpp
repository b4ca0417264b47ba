// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/model_list.h"

#include "base/text.h"
#include "http/inflate.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string_view>

namespace millrace::backend {

namespace json = boost::json;

namespace {

constexpr std::size_t kListBytesMax = 16 << 20;
constexpr std::size_t kModelsMax = 10'000;
constexpr std::size_t kTensorsMax = 256;  ///< inputs or outputs of a model

std::string textOf(const json::object& object, const char* name)
{
    const json::value* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string().begin(), value->get_string().end())
                                       : std::string();
}

std::uint64_t numberOf(const json::object& object, const char* name)
{
    const json::value* value = object.if_contains(name);
    if (!value) return 0;
    if (value->is_uint64()) return value->get_uint64();
    if (value->is_int64()) return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value->get_int64()));
    if (value->is_double()) return static_cast<std::uint64_t>(std::clamp(value->get_double(), 0.0, 9e15));
    return 0;
}

bool isGzip(std::string_view text)
{
    return text.size() > 2 && text[0] == '\x1f' && text[1] == '\x8b';
}

/// Some servers pack although nobody asked them to.
StatusOr<std::string> unpacked(std::string_view packed)
{
    http::Inflater inflater;
    std::string text;
    for (;;) {
        const auto turn = inflater.inflate(packed, text, kListBytesMax + 1 - text.size());
        if (!turn.ok() || (turn->used == 0 && !turn->more && !turn->ended))
            return failedPrecondition("the list of models is damaged gzip data");
        packed.remove_prefix(turn->used);
        if (text.size() > kListBytesMax)
            return failedPrecondition("the list of models is larger than " + std::to_string(kListBytesMax >> 20) +
                                      " MiB");
        if (turn->ended) return text;
    }
}

std::vector<TensorInfo> tensorsOf(const json::object& object, const char* name)
{
    std::vector<TensorInfo> tensors;
    const json::value* list = object.if_contains(name);
    if (!list || !list->is_array()) return tensors;
    for (const json::value& entry : list->get_array()) {
        if (!entry.is_object() || tensors.size() == kTensorsMax) break;
        TensorInfo tensor;
        tensor.name = washed(textOf(entry.get_object(), "name"), kNameBytesMax);
        tensor.datatype = washed(textOf(entry.get_object(), "datatype"), kNameBytesMax);
        if (const json::value* shape = entry.get_object().if_contains("shape"); shape && shape->is_array())
            for (const json::value& dimension : shape->get_array())
                if (dimension.is_int64()) tensor.shape.push_back(dimension.get_int64());
        tensors.push_back(std::move(tensor));
    }
    return tensors;
}

void readOurs(const json::object& more, ModelInfo& model)
{
    model.kind = modelKind(textOf(more, "kind"));
    model.platform = washed(textOf(more, "platform"), kNameBytesMax);
    model.version = washed(textOf(more, "version"), kNameBytesMax);
    model.problem = washed(textOf(more, "problem"));
    model.loaded = textOf(more, "state") == "loaded";
    model.bytes = numberOf(more, "bytes");
    model.batchMax = static_cast<std::uint32_t>(std::min<std::uint64_t>(numberOf(more, "batch_max"), 1u << 30));
    if (!more.contains("inputs")) return;
    auto signature = std::make_shared<ModelSignature>();
    signature->inputs = tensorsOf(more, "inputs");
    signature->outputs = tensorsOf(more, "outputs");
    model.signature = std::move(signature);
}

/// llama-server's router: unloaded, loading, loaded, sleeping, downloading, failed.
void readStatus(const json::value& status, ModelInfo& model)
{
    if (!status.is_object()) return;
    const std::string value = textOf(status.get_object(), "value");
    if (value.empty()) return;
    model.managed = true;
    model.loaded = value == "loaded" || value == "sleeping";  // a sleeper wakes when it is asked
    const json::value* failed = status.get_object().if_contains("failed");
    if (value != "failed" && !(failed && failed->is_bool() && failed->get_bool())) return;
    model.problem = "the server could not load it";
    if (status.get_object().contains("exit_code"))
        model.problem += ": exit code " + std::to_string(numberOf(status.get_object(), "exit_code"));
}

const json::value* firstOf(const json::object& object, std::initializer_list<const char*> names)
{
    for (const char* name : names)
        if (const json::value* found = object.if_contains(name)) return found;
    return nullptr;
}

std::string startOf(const std::string& text)
{
    return washed(std::string_view(text).substr(0, kRefusalMax), kRefusalMax);
}

}  // namespace

StatusOr<std::vector<ModelInfo>> parseModelList(const std::string& text)
{
    if (isGzip(text)) {
        const auto plain = unpacked(text);
        if (!plain.ok()) return plain.status();
        return parseModelList(*plain);
    }
    json::error_code error;
    const json::value root = json::parse(text, error);
    if (error) return failedPrecondition("the list of models is not JSON: " + startOf(text));
    const json::value* data = root.is_array()    ? &root
                              : root.is_object() ? firstOf(root.get_object(), {"data", "models"})
                                                 : nullptr;
    if (!data || !(data->is_array() || data->is_null()))
        return failedPrecondition("the answer has neither \"data\" nor \"models\": " + startOf(text));
    std::vector<ModelInfo> models;
    if (data->is_null()) return models;
    if (data->get_array().size() > kModelsMax)
        return failedPrecondition("the list has " + std::to_string(data->get_array().size()) + " models; at most " +
                                  std::to_string(kModelsMax) +
                                  " are accepted; name the ones to use in backends[].models");
    for (const json::value& entry : data->get_array()) {
        ModelInfo model;
        if (entry.is_string()) {
            model.name = std::string(entry.get_string());
        } else if (entry.is_object()) {
            const json::object& object = entry.get_object();
            for (const char* name : {"id", "name", "model"})
                if (model.name.empty()) model.name = textOf(object, name);
            model.created = static_cast<std::int64_t>(numberOf(object, "created"));
            if (const json::value* ours = object.if_contains("millrace"); ours && ours->is_object())
                readOurs(ours->get_object(), model);
            if (const json::value* status = object.if_contains("status")) readStatus(*status, model);
        }
        if (!model.name.empty() && isWashed(model.name, kNameBytesMax)) models.push_back(std::move(model));
    }
    if (models.empty() && !data->get_array().empty())
        return failedPrecondition("no entry of the list of models has an \"id\" or a \"name\": " + startOf(text));
    return models;
}

boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> readModelList(StatusOr<pool::HttpResponse> answer,
                                                                       const std::string& target)
{
    if (!answer.ok()) co_return answer.status();
    StatusOr<std::string> body = co_await pool::readAll(*answer->body, kListBytesMax);
    if (!body.ok()) co_return body.status();
    if (answer->status != 200) {
        Status refused = fromHttp(answer->status, "GET " + target + " answered " + std::to_string(answer->status) +
                                                      (body->empty() ? "" : ": " + startOf(*body)));
        if (refused.ok()) refused = failedPrecondition("GET " + target + " answered " + std::to_string(answer->status));
        co_return refused;
    }
    auto models = parseModelList(*body);
    if (!models.ok()) co_return Status(models.status().code(), "GET " + target + ": " + text(models.status()));
    co_return models;
}

}  // namespace millrace::backend
