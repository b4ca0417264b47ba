// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "proto/inference_fwd.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace millrace::bench {

/// A tensor that a model takes, as its metadata say.
struct InputShape {
    std::string name;
    std::string datatype;
    std::vector<std::int64_t> shape;  ///< -1: any
};

/// How a model is called. Requests are made from a seed, so that runs can be compared.
struct ModelTarget {
    enum class Route { Infer, Embeddings, Chat };
    std::string model;
    Route route = Route::Infer;
    std::vector<InputShape> inputs;
};

/// One request as it goes over the wire.
struct WireRequest {
    std::string head;
    std::string body;
};

/// Lists the models of the engine, and how each model in `names` is called (empty: every model).
/// Loads the models that take tensors, since their metadata are known only then.
boost::asio::awaitable<StatusOr<std::vector<ModelTarget>>> findTargets(std::string address,
                                                                       std::vector<std::string> names);

/// The names of the models that the engine lists.
boost::asio::awaitable<StatusOr<std::vector<std::string>>> listModels(std::string address);

/// Waits until the engine lists `model`: its backend may start after it. 10 s at most. It blocks.
Status waitForModel(const std::string& address, const std::string& model);

/// Makes requests of one kind. Thread: one.
class RequestMaker {
public:
    RequestMaker(std::string address, std::uint64_t seed, std::string userAgent);

    /// `rows`: rows of a tensor, or texts of an embeddings request. `stream`: for chats.
    WireRequest http(const ModelTarget& target, unsigned rows, bool stream, unsigned tokens);
    std::unique_ptr<inference::ModelInferRequest> grpc(const ModelTarget& target, unsigned rows);

private:
    std::string rawRows(const InputShape& input, unsigned rows);
    std::string sentence();

    std::string address_;
    std::string userAgent_;
    std::mt19937_64 random_;
};

}  // namespace millrace::bench
