// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/error.h"

#include <string>
#include <vector>

namespace millrace::backend {

/// Bytes of a server's refusal that are passed on.
inline constexpr std::size_t kRefusalMax = 300;

/// A list of models in any of the forms that servers have: {"data":[…]}, {"models":[…]} or a bare array, of objects
/// with "id" or "name", or of strings; packed with gzip or not. "data": null is an empty list.
/// The embedded runtime adds "millrace" with {"kind","platform","state","bytes","batch_max","version","inputs",
/// "outputs"}; llama-server's router adds "status" (ModelInfo::managed). Others' models are always loaded. Names that a
/// request could not carry are left out.
/// FailedPrecondition when it is no such list.
StatusOr<std::vector<ModelInfo>> parseModelList(const std::string& text);

/// The answer to GET `target`, judged and parsed. An answer that is no list is FailedPrecondition or what its status
/// says (NotFound, Unauthenticated …); Unavailable, ResourceExhausted: there may be one later.
boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> readModelList(StatusOr<pool::HttpResponse> answer,
                                                                       const std::string& target);

}  // namespace millrace::backend
