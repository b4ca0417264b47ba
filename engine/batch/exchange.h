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
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace millrace::batch {

/// What one member wants: tensors, or embeddings or completions.
struct Work {
    std::unique_ptr<InferRequest> infer;
    std::optional<ListRequest> list;
    pool::HttpRequest http;  ///< of a list: target and fields; the body is the list's
    std::uint32_t rows = 1;
    std::size_t bytes = 0;  ///< about what it adds to a call
};

/// What a backend answered, to one member or to all of a batch together.
struct Answer {
    std::unique_ptr<InferResponse> infer;
    ListAnswer list;  ///< if there are no tensors
};

/// OK, or the error that a server put into its answer. `merged`: the answer is for members of a batch; then one with a
/// status of success that holds nothing but an error is found as well.
Status verdict(const Answer& answer, bool merged);

/// An error that a server answered to several, for one of them.
Answer sameFor(const Answer& refusal);

/// Sends the work of one or several members as one call. All are of the same kind and signature; they, and the list of
/// them, must outlive the call. A single member's request is given away as it is, several stay with their members.
/// One alone goes with its own query and header fields; several with those they have the same (http::mergeKey).
/// Errors: the backend's. An HTTP answer with an error status is an answer: see verdict().
boost::asio::awaitable<StatusOr<Answer>> exchange(std::shared_ptr<backend::Backend> backend,
                                                  std::span<Work* const> members, CallContext context);

/// Whether divide() will find every member's part; cheap for tensors, not known before for lists (OK).
Status divides(const Answer& answer, std::span<Work* const> members);

/// Every member's own part. FailedPrecondition: the answer does not split, and is as it was.
StatusOr<std::vector<Answer>> divide(Answer& answer, std::span<Work* const> members);

}  // namespace millrace::batch
