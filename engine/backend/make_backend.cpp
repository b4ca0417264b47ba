// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/make_backend.h"

#include "backend/api_key.h"
#include "backend/openai/openai_backend.h"
#include "backend/runtime/runtime_backend.h"
#include "pool/endpoint.h"

namespace millrace::backend {

Status checkBackend(const BackendOptions& options)
{
    if (options.name.empty()) return withField(invalidArgument("name is required"), "name");
    if (options.kind != BackendKind::OpenAi) return absl::OkStatus();
    if (const auto url = pool::parseBaseUrl(options.address); !url.ok()) return withField(url.status(), "address");
    // One that is not set is an event: some servers need none. One that cannot be sent never works.
    if (options.apiKeyEnv.empty()) return absl::OkStatus();
    const auto key = readApiKey(options.apiKeyEnv);
    return absl::IsInvalidArgument(key.status()) ? key.status() : absl::OkStatus();
}

StatusOr<std::shared_ptr<AdministeredBackend>> makeBackend(BackendOptions options, Strand strand, Clock& clock,
                                                           Registry& registry, EventLog& eventLog)
{
    if (options.name.empty()) return withField(invalidArgument("name is required"), "name");
    switch (options.kind) {
        case BackendKind::OpenAi:
            return OpenAiBackend::create(std::move(options), strand, clock, registry, eventLog);
        case BackendKind::Runtime:
            return RuntimeBackend::create(std::move(options), strand, clock, registry, eventLog);
    }
    return internal("a backend's kind is none of those there are");
}

}  // namespace millrace::backend
