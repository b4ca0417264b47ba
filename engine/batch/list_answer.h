// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "batch/list_request.h"
#include "http/fields.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Splits the response to merged list requests (list_request.h) into one per member.
///
///     auto answers = split(body, members);      // StatusOr of one body per member
///
/// Pure. Source: openai-openapi, "createEmbedding" and "createCompletion".
namespace millrace::batch {

/// One member's response; one with an error status carries the server's message.
struct ListAnswer {
    unsigned status = 200;
    http::HttpFields fields;  ///< filtered by http::forClient()
    std::string body;
};

/// Each member gets its embeddings or choices, renumbered, and its share of the usage. Servers report the usage as a
/// sum, which is divided by the members' tokens (completions: by their length) and marked "millrace_estimated".
/// FailedPrecondition: the answer does not have exactly one result per input.
StatusOr<std::vector<std::string>> split(std::string_view answer, std::span<const ListRequest* const> members);

/// The message of an OpenAI-style error body ("error" as an object or a string); empty: not an error body.
std::string errorMessage(std::string_view body);

}  // namespace millrace::batch
