// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/error.h"

#include <string>
#include <vector>

namespace millrace::backend {

/// Bytes of a server's error message that are passed on.
inline constexpr std::size_t kRefusalMax = 300;

/// Parses a list of models in any of the forms in use: {"data":[…]}, {"models":[…]} or a bare array, of objects with
/// "id" or "name", or of strings; gzip-compressed or not. "data": null is an empty list.
/// The embedded runtime adds "millrace" with {"kind","platform","state","bytes","batch_max","version","inputs",
/// "outputs"}; llama-server's router adds "status" (ModelInfo::managed). Models of other servers count as loaded. Names
/// that are not valid in requests are skipped.
/// FailedPrecondition: not such a list. Pure.
StatusOr<std::vector<ModelInfo>> parseModelList(const std::string& text);

/// Reads and parses the response to GET `target`. Errors as Backend::listModels().
boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> readModelList(StatusOr<pool::HttpResponse> answer,
                                                                       const std::string& target);

}  // namespace millrace::backend
