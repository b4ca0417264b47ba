// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/list_request.h"
#include "front/json_text.h"
#include "front/openai.h"
#include "fuzz.h"
#include "runtime/openai_read.h"

#include <array>

using namespace millrace;

/// A client's body: merged with itself it is a body again, with twice the rows and the same signature.
FUZZ_TARGET(openai_request)
{
    const auto head = front::readOpenAiHead(bytes);
    if (head.ok()) FUZZ_CHECK(head->model.size() <= bytes.size() * 3);
    front::jsonProblem(bytes);

    for (const auto kind : {batch::ListKind::Embeddings, batch::ListKind::Completions}) {
        const auto request = batch::ListRequest::parse(std::string(bytes), kind);
        if (!request.ok()) continue;
        FUZZ_CHECK(request->body() == bytes);
        FUZZ_CHECK(request->rows() <= batch::itemsMax(kind));
        request->describe();
        if (request->rows() == 0) continue;
        for (std::uint32_t i = 0; i < request->rows(); ++i) FUZZ_CHECK(!request->input(i).empty());
        if (request->rows() * 2 > batch::itemsMax(kind)) continue;
        const std::array members{&*request, &*request};
        const auto merged = batch::ListRequest::parse(batch::merge(members), kind);
        FUZZ_CHECK(merged.ok());
        FUZZ_CHECK(merged->rows() == 2 * request->rows());
        FUZZ_CHECK(merged->signature() == request->signature());
        FUZZ_CHECK(merged->input(request->rows()) == request->input(0));
    }

    (void)runtime::openai::readChat(bytes, 1);
    (void)runtime::openai::readCompletion(bytes, 1);
    (void)runtime::openai::readEmbedding(bytes);
}
