// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/call_context.h"
#include "base/error.h"
#include "batch/list_request.h"
#include "batch/merge.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::batch {

/// What one member wants: tensors, or embeddings or completions.
struct Work {
    std::unique_ptr<InferRequest> infer;
    std::optional<ListRequest> list;
    std::uint32_t rows = 1;
};

/// What a backend answered, to one member or to all of a batch together.
struct Answer {
    std::unique_ptr<InferResponse> infer;
    std::string json;
};

/// Sends the work of one or several members as one call. All are of the same kind and signature; they must outlive
/// the call. A single member's request is given away as it is, several stay with their members.
/// Errors: the backend's; an HTTP answer with an error status is one, in the server's own words.
boost::asio::awaitable<StatusOr<Answer>> exchange(std::shared_ptr<backend::Backend> backend, std::vector<Work*> members,
                                                  CallContext context);

/// Whether divide() will find every member's part; cheap for tensors, not known before for lists (OK).
Status divides(const Answer& answer, const std::vector<Work*>& members);

/// Every member's own part. FailedPrecondition: the answer does not split.
StatusOr<std::vector<Answer>> divide(Answer answer, const std::vector<Work*>& members);

}  // namespace millrace::batch
