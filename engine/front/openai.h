// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::serve {
struct ModelEntry;
}

/// What is OpenAI's about a request and an answer: pure, no sockets. Source: PROTOCOLS 1.1, openai-openapi.
namespace millrace::front {

/// All that we need of a body; the body itself travels on as it came.
struct OpenAiHead {
    std::string model;
    bool stream = false;
};

/// InvalidArgument names the place of a syntax error or the field ("model", "stream") that is wrong. The rest of the
/// body is looked at as JSON only: whether its texts make sense is the backend's to say.
StatusOr<OpenAiHead> readOpenAiHead(std::string_view body);

/// {"error":{"message","type","param","code"}}, all four.
std::string openAiError(const Status& status);
/// The same as an event for a stream that has begun; no [DONE] follows.
std::string openAiErrorEvent(const Status& status);
/// The same in the words of /v1/responses, whose events carry their kind.
std::string responsesErrorEvent(const Status& status);
/// An upstream's refusal: as it came when it has the four fields, else put into that form with its own words and with
/// whatever else it said.
std::string openAiUpstreamError(unsigned httpStatus, std::string body);
/// The words of an upstream's refusal, for events and the decisions of a request: washed, kMessageBytesMax at most.
std::string upstreamWords(std::string_view body);

/// Whether the error of an upstream's refusal has a code in words ("model_not_found").
bool hasErrorCode(std::string_view body);

/// The same for Anthropic's routes: {"type":"error","error":{"type","message"}}. Source: Anthropic's API, "Errors".
std::string anthropicError(const Status& status);
std::string anthropicErrorEvent(const Status& status);
/// Whether `body` has that form already.
bool isAnthropicError(std::string_view body);

/// GET /v1/models. Models that several backends offer are listed once.
std::string openAiModels(const std::vector<serve::ModelEntry>& models);
std::string openAiModel(const serve::ModelEntry& model);

}  // namespace millrace::front
