// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/open_calls.h"

#include <memory>

namespace millrace::serve {

OpenCalls::OpenCalls(Clock& clock, Registry& registry, AdmissionControl& admission, BusyPoll& poll)
    : clock_(clock), admission_(admission), poll_(poll), log_(registry)
{}

std::uint32_t OpenCalls::cutOff(const std::string& reason)
{
    // Whoever is notified may end its call at once: the list is not the one that is walked.
    std::vector<std::weak_ptr<CallState>> calls;
    for (auto& open : open_) calls.push_back(static_cast<CallState&>(open).weak_from_this());
    for (const auto& weak : calls)
        if (const auto call = weak.lock()) call->cutOff(reason);
    return static_cast<std::uint32_t>(calls.size());
}

bool OpenCalls::cancel(RequestId id, const std::string& reason)
{
    for (auto& open : open_) {
        auto& call = static_cast<CallState&>(open);
        if (call.ctx.id != id) continue;
        call.cancel(reason);
        return true;
    }
    return false;
}

std::vector<RequestRecord> OpenCalls::records(std::size_t most) const
{
    std::vector<RequestRecord> out;
    const auto now = clock_.now();
    for (auto place = open_.rbegin(); place != open_.rend() && out.size() < most; ++place)
        out.push_back(static_cast<const CallState&>(*place).recordAt(now));
    return out;
}

ModelStatistics OpenCalls::statisticsOf(const std::string& model) const
{
    ModelStatistics known = statistics_.of(model);
    if (const auto last = statistics_.last(model)) known.lastMs = clock_.unixMs(*last);
    return known;
}

}  // namespace millrace::serve
