// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/workload.h"

#include "backend/tensor.h"
#include "bench/http_client.h"
#include "inference.pb.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

namespace millrace::bench {

namespace json = boost::json;
namespace net = boost::asio;

namespace {

constexpr std::array<const char*, 24> kWords = {"water",  "wheel",  "channel", "gate",   "stone",   "river",
                                                "model",  "batch",  "stream",  "window", "memory",  "engine",
                                                "light",  "letter", "number",  "answer", "quick",   "slowly",
                                                "before", "after",  "under",   "people", "machine", "paper"};

StatusOr<json::value> parsed(const StatusOr<HttpAnswer>& answer, const std::string& what)
{
    if (!answer.ok()) return answer.status();
    if (answer->status != 200) return fromHttp(answer->status, what + ": " + answer->body.substr(0, 300));
    boost::system::error_code error;
    auto value = json::parse(answer->body, error);
    if (error) return internal(what + ": not valid JSON: " + error.message());
    return value;
}

std::string textAt(const json::value& from, const char* key)
{
    if (!from.is_object()) return {};
    const auto* found = from.as_object().if_contains(key);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

net::awaitable<StatusOr<ModelTarget>> describe(HttpClient& client, std::string address, std::string model,
                                               std::string kind)
{
    ModelTarget target;
    target.model = model;
    if (kind == "embedding") target.route = ModelTarget::Route::Embeddings;
    if (kind == "text") target.route = ModelTarget::Route::Chat;
    if (target.route != ModelTarget::Route::Infer) co_return target;
    const auto head = requestHead("GET", "/v2/models/" + model, address, 0, {});
    const auto answer = co_await client.call(head, {});
    const auto metadata = parsed(answer, "metadata of " + model);
    if (!metadata.ok()) co_return metadata.status();
    const auto* inputs = metadata->is_object() ? metadata->as_object().if_contains("inputs") : nullptr;
    if (!inputs || !inputs->is_array() || inputs->as_array().empty()) {
        target.route = ModelTarget::Route::Chat;  // takes no tensors
        co_return target;
    }
    for (const auto& entry : inputs->as_array()) {
        InputShape input;
        input.name = textAt(entry, "name");
        input.datatype = textAt(entry, "datatype");
        if (const auto* shape = entry.as_object().if_contains("shape"); shape && shape->is_array())
            for (const auto& dimension : shape->as_array()) input.shape.push_back(dimension.to_number<std::int64_t>());
        target.inputs.push_back(std::move(input));
    }
    co_return target;
}

/// Name and kind of every model.
net::awaitable<StatusOr<std::vector<std::pair<std::string, std::string>>>> listKinds(HttpClient& client,
                                                                                     std::string address)
{
    const auto head = requestHead("GET", "/v1/models", address, 0, {});
    const auto answer = co_await client.call(head, {});
    const auto list = parsed(answer, "the list of models");
    if (!list.ok()) co_return list.status();
    const auto* data = list->is_object() ? list->as_object().if_contains("data") : nullptr;
    if (!data || !data->is_array()) co_return internal("the list of models has no data");
    std::vector<std::pair<std::string, std::string>> kinds;
    for (const auto& entry : data->as_array()) {
        if (!entry.is_object()) continue;
        const auto* extra = entry.as_object().if_contains("millrace");
        kinds.emplace_back(textAt(entry, "id"), extra ? textAt(*extra, "kind") : std::string());
    }
    co_return kinds;
}

}  // namespace

net::awaitable<StatusOr<std::vector<std::string>>> listModels(std::string address)
{
    HttpClient client(address);
    const auto kinds = co_await listKinds(client, address);
    if (!kinds.ok()) co_return kinds.status();
    std::vector<std::string> names;
    for (const auto& [name, kind] : *kinds) names.push_back(name);
    co_return names;
}

net::awaitable<StatusOr<std::vector<ModelTarget>>> findTargets(std::string address, std::vector<std::string> names)
{
    HttpClient client(address);
    const auto listed = co_await listKinds(client, address);
    if (!listed.ok()) co_return listed.status();
    const auto& kinds = *listed;
    if (names.empty())
        for (const auto& [name, kind] : kinds) names.push_back(name);
    std::vector<ModelTarget> targets;
    for (const auto& name : names) {
        const auto found =
            std::find_if(kinds.begin(), kinds.end(), [&](const auto& entry) { return entry.first == name; });
        if (found == kinds.end()) co_return notFound("the engine has no model '" + name + "'");
        auto target = co_await describe(client, address, name, found->second);
        if (!target.ok()) co_return target.status();
        targets.push_back(*std::move(target));
    }
    if (targets.empty()) co_return notFound("the engine has no models");
    co_return targets;
}

Status waitForModel(const std::string& address, const std::string& model)
{
    Status last = unavailable("no answer");
    for (const auto until = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < until;) {
        net::io_context io(1);
        net::co_spawn(
            io,
            [&]() -> net::awaitable<void> {
                HttpClient client(address);
                const auto head = requestHead("GET", "/v1/models/" + model, address, 0, {});
                const auto answer = co_await client.call(head, {});
                const auto state = parsed(answer, "model " + model);
                last = state.status();
            },
            net::detached);
        io.run();
        if (last.ok()) return last;
        std::this_thread::sleep_for(20ms);
    }
    return last;
}

RequestMaker::RequestMaker(std::string address, std::uint64_t seed, std::string userAgent)
    : address_(std::move(address)), userAgent_(std::move(userAgent)), random_(seed)
{}

std::string RequestMaker::rawRows(const InputShape& input, unsigned rows)
{
    std::uint64_t elements = rows;
    for (std::size_t i = 1; i < input.shape.size(); ++i)
        elements *= static_cast<std::uint64_t>(std::max<std::int64_t>(1, input.shape[i]));
    const auto size = backend::elementBytes(input.datatype).value_or(0);
    std::string raw;
    if (input.datatype == "FP32") {
        raw.resize(elements * 4);
        for (std::uint64_t i = 0; i < elements; ++i) {
            const float value = static_cast<float>(random_() & 1023) / 1023.0f;
            std::memcpy(raw.data() + i * 4, &value, 4);
        }
    } else if (size == 0) {  // BYTES: a short text each
        for (std::uint64_t i = 0; i < elements; ++i) {
            const auto text = sentence();
            const auto length = static_cast<std::uint32_t>(text.size());
            raw.append(reinterpret_cast<const char*>(&length), 4).append(text);
        }
    } else {
        raw.resize(elements * size, '\0');  // small non-negative numbers are good for any integer type
        for (std::uint64_t i = 0; i < elements; ++i) raw[i * size] = static_cast<char>(random_() & 1);
    }
    return raw;
}

std::string RequestMaker::sentence()
{
    std::string out;
    const auto words = 6 + random_() % 12;
    for (std::uint64_t i = 0; i < words; ++i) out += (i ? " " : "") + std::string(kWords[random_() % kWords.size()]);
    return out;
}

WireRequest RequestMaker::http(const ModelTarget& target, unsigned rows, bool stream, unsigned tokens)
{
    std::vector<std::pair<std::string, std::string>> fields = {{"User-Agent", userAgent_},
                                                               {"Content-Type", "application/json"}};
    WireRequest out;
    std::string route;
    if (target.route == ModelTarget::Route::Infer) {
        json::array inputs;
        std::string raw;
        for (const auto& input : target.inputs) {
            const auto piece = rawRows(input, rows);
            json::array shape{rows};
            for (std::size_t i = 1; i < input.shape.size(); ++i)
                shape.push_back(std::max<std::int64_t>(1, input.shape[i]));
            inputs.push_back(json::object{{"name", input.name},
                                          {"datatype", input.datatype},
                                          {"shape", std::move(shape)},
                                          {"parameters", json::object{{"binary_data_size", piece.size()}}}});
            raw += piece;
        }
        json::object request{{"inputs", std::move(inputs)}, {"parameters", json::object{{"binary_data_output", true}}}};
        const auto text = json::serialize(request);
        fields.emplace_back("Inference-Header-Content-Length", std::to_string(text.size()));
        fields[1].second = "application/octet-stream";
        out.body = text + raw;
        route = "/v2/models/" + target.model + "/infer";
    } else if (target.route == ModelTarget::Route::Embeddings) {
        json::array input;
        for (unsigned i = 0; i < rows; ++i) input.push_back(json::string(sentence()));
        json::object request{{"model", target.model}};
        request["input"] = rows == 1 ? input[0] : json::value(std::move(input));
        out.body = json::serialize(request);
        route = "/v1/embeddings";
    } else {
        json::array messages{json::object{{"role", "user"}, {"content", sentence()}}};
        out.body = json::serialize(json::object{{"model", target.model},
                                                {"messages", std::move(messages)},
                                                {"stream", stream},
                                                {"max_tokens", tokens},
                                                {"seed", static_cast<std::int64_t>(random_() % 100000)}});
        route = "/v1/chat/completions";
    }
    out.head = requestHead("POST", route, address_, out.body.size(), fields);
    return out;
}

std::unique_ptr<inference::ModelInferRequest> RequestMaker::grpc(const ModelTarget& target, unsigned rows)
{
    auto request = std::make_unique<inference::ModelInferRequest>();
    request->set_model_name(target.model);
    for (const auto& input : target.inputs) {
        auto* tensor = request->add_inputs();
        tensor->set_name(input.name);
        tensor->set_datatype(input.datatype);
        tensor->add_shape(rows);
        for (std::size_t i = 1; i < input.shape.size(); ++i)
            tensor->add_shape(std::max<std::int64_t>(1, input.shape[i]));
        request->add_raw_input_contents(rawRows(input, rows));
    }
    return request;
}

}  // namespace millrace::bench
