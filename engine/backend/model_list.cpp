// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/model_list.h"

#include "base/text.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace millrace::backend {

namespace json = boost::json;

namespace {

constexpr std::size_t kListBytesMax = 16 << 20;
constexpr std::size_t kWordsMax = 300;  ///< of a server's refusal that are passed on

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

}  // namespace

StatusOr<std::vector<ModelInfo>> parseModelList(const std::string& text)
{
    json::error_code error;
    const json::value root = json::parse(text, error);
    if (error) return unavailable("the list of models is not JSON: " + error.message());
    const json::value* data = root.is_object() ? root.get_object().if_contains("data") : nullptr;
    if (!data || !data->is_array()) return unavailable("the list of models has no \"data\"");
    std::vector<ModelInfo> models;
    for (const json::value& entry : data->get_array()) {
        if (!entry.is_object()) continue;
        const json::object& object = entry.get_object();
        ModelInfo model;
        model.name = textOf(object, "id");
        // A name is asked for as it is: one that may not be kept or shown cannot be offered.
        if (model.name.empty() || !isWashed(model.name, kNameBytesMax)) continue;
        model.created = static_cast<std::int64_t>(numberOf(object, "created"));
        const json::value* ours = object.if_contains("millrace");
        if (ours && ours->is_object()) {
            const json::object& more = ours->get_object();
            model.kind = washed(textOf(more, "kind"), kNameBytesMax);
            model.platform = washed(textOf(more, "platform"), kNameBytesMax);
            model.loaded = textOf(more, "state") == "loaded";
            model.bytes = numberOf(more, "bytes");
            model.batchMax = static_cast<std::uint32_t>(std::min<std::uint64_t>(numberOf(more, "batch_max"), 1u << 30));
        }
        models.push_back(std::move(model));
    }
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
                                                      ": " + washed(*body, kWordsMax));
        if (refused.ok()) refused = unavailable("GET " + target + " answered " + std::to_string(answer->status));
        co_return refused;
    }
    co_return parseModelList(*body);
}

}  // namespace millrace::backend
