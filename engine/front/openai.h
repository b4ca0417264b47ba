// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::serve {
struct ModelEntry;
}

/// OpenAI's and Anthropic's wire formats: request heads, error bodies, model lists. Pure. Thread: any.
///
///     auto head = readOpenAiHead(body);
///     if (!head.ok()) return openAiError(head.status());
///     call.model = head->model;
///
/// Source: openai-openapi; Anthropic's API, "Errors".
namespace millrace::front {

/// What the gateway needs of a body, which is forwarded unchanged.
struct OpenAiHead {
    std::string model;
    bool stream = false;
};

/// Checks that `body` is valid JSON, and extracts the head. InvalidArgument gives the position of a syntax error, or
/// the field at fault ("model", "stream"). All other fields are left to the backend.
StatusOr<OpenAiHead> readOpenAiHead(std::string_view body);

/// The error body, always with all four fields: {"error":{"message","type","param","code"}}.
std::string openAiError(const Status& status);
/// The same as a server-sent event, for a stream in progress; [DONE] does not follow.
std::string openAiErrorEvent(const Status& status);
/// The same for /v1/responses, whose events carry their type.
std::string responsesErrorEvent(const Status& status);
/// An upstream's error body: unchanged if it has the four fields, otherwise converted, keeping its message and other
/// fields.
std::string openAiUpstreamError(unsigned httpStatus, std::string body);
/// The message of an upstream's error body, for events and decisions; washed, at most kMessageBytesMax.
std::string upstreamWords(std::string_view body);

/// True if an upstream's error body has a textual code ("model_not_found").
bool hasErrorCode(std::string_view body);

/// The same for Anthropic's routes: {"type":"error","error":{"type","message"}}.
std::string anthropicError(const Status& status);
std::string anthropicErrorEvent(const Status& status);
/// True if `body` has that form already.
bool isAnthropicError(std::string_view body);

/// GET /v1/models and /v1/models/{model}. A model of several backends is listed once.
std::string openAiModels(const std::vector<serve::ModelEntry>& models);
std::string openAiModel(const serve::ModelEntry& model);

}  // namespace millrace::front
