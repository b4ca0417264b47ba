// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "runtime/model_config.h"
#include "runtime/tokenizer.h"

using namespace millrace;

/// A model's config.json of a repository that somebody else made; and any text for the tokenizers.
FUZZ_TARGET(model_config)
{
    if (const auto config = runtime::parseModelConfig(bytes); config.ok()) FUZZ_CHECK(!config->platform().empty());
    if (bytes.size() > 4096) return;
    for (const auto& feature : runtime::HashedNgrams(512).features(bytes))
        FUZZ_CHECK(feature.bucket >= 0 && feature.bucket < 512);
    const runtime::Characters characters("ab c\xc3\xa4");
    for (const auto token : characters.encode(bytes))
        FUZZ_CHECK(token >= 0 && static_cast<std::size_t>(token) < characters.size());
}
