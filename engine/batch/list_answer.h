// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "batch/list_request.h"
#include "http/fields.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The answer to several merged list requests, as the answers of each.
///
///     auto answers = split(body, members);      // as many as members
///
/// Pure. Source: openai-openapi, "createEmbedding" and "createCompletion"; PROTOCOLS 1.1.
namespace millrace::batch {

/// What a server answered, for one member: with an error status an answer too, in the server's own words.
struct ListAnswer {
    unsigned status = 200;
    http::HttpFields fields;  ///< what a client gets of them: http::forClient()
    std::string body;
};

/// Each member's own answer: its embeddings or choices with its own indexes, and its share of the usage, which comes
/// only as a sum: split by the members' tokens (what was written: by its length) and marked "millrace_estimated". An
/// answer that does not have one of them an input does not split: FailedPrecondition.
StatusOr<std::vector<std::string>> split(std::string_view answer, std::span<const ListRequest* const> members);

/// The message of an OpenAI-style error body ("error" as an object or a string); empty: it is none.
std::string errorMessage(std::string_view body);

}  // namespace millrace::batch
