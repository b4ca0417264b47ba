// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/model_list.h"
#include "batch/list_answer.h"
#include "batch/list_request.h"
#include "front/json_text.h"
#include "front/openai.h"
#include "fuzz.h"

#include <array>

using namespace millrace;

/// An upstream's body, which may be anything: what it becomes is JSON again.
FUZZ_TARGET(openai_answer)
{
    static const auto one = *batch::ListRequest::parse(R"({"model":"m","input":["a"]})");
    static const auto two = *batch::ListRequest::parse(R"({"model":"m","input":["b","c"]})");
    const std::array members{&one, &two};
    if (const auto parts = batch::split(bytes, members); parts.ok()) {
        FUZZ_CHECK(parts->size() == members.size());
        for (const auto& part : *parts) FUZZ_CHECK(!front::jsonProblem(part) || front::jsonProblem(bytes));
    }
    batch::errorMessage(bytes);
    front::upstreamWords(bytes);
    if (bytes.size() < (1u << 16)) FUZZ_CHECK(!front::jsonProblem(front::openAiUpstreamError(500, std::string(bytes))));
    (void)backend::parseModelList(std::string(bytes));
}
