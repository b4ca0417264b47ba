// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/error.h"

#include <string>
#include <vector>

namespace millrace::backend {

/// The answer of GET /v1/models: {"data":[{"id", "created", …}]}. The embedded runtime adds "millrace" with
/// {"kind","platform","state","bytes","batch_max"}; others' models are always loaded.
/// Models whose name is no clean UTF-8 on one line (base/text.h) are left out, other texts washed.
/// Unavailable when it is not such a list.
StatusOr<std::vector<ModelInfo>> parseModelList(const std::string& json);

/// GET `target` through `ask`, judged and parsed.
boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> readModelList(StatusOr<pool::HttpResponse> answer,
                                                                       const std::string& target);

}  // namespace millrace::backend
