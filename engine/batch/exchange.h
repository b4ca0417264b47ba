// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/call_context.h"
#include "base/error.h"
#include "batch/list_answer.h"
#include "batch/list_request.h"
#include "batch/merge.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace millrace::batch {

/// A list (embeddings, completions) and how it came.
struct ListWork {
    ListRequest request;
    pool::HttpRequest http;  ///< target and fields; the body is the list's
};

/// The request of one member: tensors, or a list. Moved at each step to a batch, hence small.
struct Work {
    std::unique_ptr<InferRequest> infer;
    std::unique_ptr<ListWork> list;
    std::uint32_t rows = 1;
    std::size_t bytes = 0;  ///< estimate of what it adds to a call
};

/// A backend's answer, to one member or to a whole batch: either has it.
struct Answer {
    std::unique_ptr<InferResponse> infer;
    std::unique_ptr<ListAnswer> list;
};

/// OK, or the error in a server's answer. `merged`: the answer to a batch; there an answer with a success status whose
/// body is only an error counts as an error, too.
Status verdict(const Answer& answer, bool merged);

/// A server's error for several members, as the answer to one of them.
Answer sameFor(const Answer& refusal);

/// Sends the work of one or several members as one call. A single member's request is moved from, and keeps its query
/// and header fields; several are sent with those that they share (http::mergeKey), and stay with their members.
/// REQUIRES: all are of the same kind and signature; they, and the list of them, outlive the call.
/// Errors: the backend's. An HTTP answer with an error status is an answer: see verdict().
boost::asio::awaitable<StatusOr<Answer>> exchange(std::shared_ptr<backend::Backend> backend,
                                                  std::span<Work* const> members, CallContext context);

/// OK if divide() will find every member's part: cheap for tensors; always OK for lists, where only divide() knows.
Status divides(const Answer& answer, std::span<Work* const> members);

/// Each member's part. FailedPrecondition: the answer cannot be divided, and is unchanged.
StatusOr<std::vector<Answer>> divide(Answer& answer, std::span<Work* const> members);

}  // namespace millrace::batch
