// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/make_backend.h"

#include "backend/openai/openai_backend.h"
#include "backend/runtime/runtime_backend.h"

namespace millrace::backend {

StatusOr<std::shared_ptr<Backend>> makeBackend(BackendOptions options, Strand strand, Clock& clock, Registry& registry,
                                               Journal& journal)
{
    if (options.name.empty()) return withField(invalidArgument("a backend needs a name"), "name");
    if (options.kind == "openai") return OpenAiBackend::create(std::move(options), strand, clock, registry, journal);
    if (options.kind == "runtime") return RuntimeBackend::create(std::move(options), strand, clock, registry, journal);
    return withField(invalidArgument("backend kind \"" + options.kind + "\": there are runtime and openai"), "kind");
}

}  // namespace millrace::backend
