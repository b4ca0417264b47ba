// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/model_policy.h"

#include "control/configuration.h"

#include <algorithm>

namespace millrace::control {
namespace {

constexpr const char* kSetting = "loader.idle_ttl_ms";

std::uint64_t idleTtlMax()
{
    const auto& all = config::schema();
    const auto setting =
        std::find_if(all.begin(), all.end(), [](const config::SettingInfo& info) { return info.path == kSetting; });
    return setting == all.end() ? 0 : static_cast<std::uint64_t>(setting->max.value_or(0));
}

Status invalid(const char* field, const std::string& message)
{
    return withField(invalidArgument(std::string(field) + ' ' + message), field);
}

}  // namespace

Status checkPolicy(const v1::SetModelPolicyRequest& request)
{
    if (request.model().empty()) return invalid("model", "is required");
    using Request = v1::SetModelPolicyRequest;
    if (request.time_to_live_case() == Request::TIME_TO_LIVE_NOT_SET && !request.has_preload())
        return invalid("idle_ttl_ms", "or preload is required: there is nothing to change");
    if (request.time_to_live_case() == Request::kIdleTtlDefault && !request.idle_ttl_default())
        return invalid("idle_ttl_default", "must be true, or absent");
    static const std::uint64_t most = idleTtlMax();
    if (request.idle_ttl_ms() > most)
        return invalid("idle_ttl_ms", "must be 0 – " + std::to_string(most) + " ms (as " + kSetting + "), is " +
                                          std::to_string(request.idle_ttl_ms()));
    return absl::OkStatus();
}

}  // namespace millrace::control
