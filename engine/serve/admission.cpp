// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/admission.h"

#include "base/check.h"

namespace millrace::serve {

std::deque<RequestId> Admission::apply(std::uint32_t runningMax, std::uint32_t queueMax)
{
    runningMax_ = runningMax;
    queueMax_ = queueMax;
    std::deque<RequestId> freed;
    while (running_ < runningMax_) {
        const auto id = next();
        if (!id) break;
        ++running_;
        freed.push_back(*id);
    }
    return freed;
}

Admission::Verdict Admission::arrive(RequestId id, const std::string& client)
{
    if (running_ < runningMax_) {
        ++running_;
        return Verdict::Run;
    }
    if (waiting_.size() >= queueMax_) return Verdict::Refuse;
    waiting_.emplace(id, client);
    auto& line = byClient_[client];
    if (line.empty()) turns_.push_back(client);
    line.push_back(id);
    return Verdict::Wait;
}

std::optional<RequestId> Admission::leave()
{
    MR_CHECK(running_ > 0);
    --running_;
    if (running_ >= runningMax_) return std::nullopt;
    const auto id = next();
    if (id) ++running_;
    return id;
}

void Admission::giveUp(RequestId id)
{
    // Its place in byClient_ stays and is skipped later, which keeps this O(1).
    waiting_.erase(id);
    if (waiting_.empty()) {
        byClient_.clear();
        turns_.clear();
    }
}

std::optional<RequestId> Admission::next()
{
    while (!turns_.empty()) {
        const std::string client = std::move(turns_.front());
        turns_.pop_front();
        auto place = byClient_.find(client);
        auto& line = place->second;
        std::optional<RequestId> found;
        while (!line.empty() && !found) {
            if (waiting_.erase(line.front()) == 1) found = line.front();
            line.pop_front();
        }
        if (line.empty())
            byClient_.erase(place);
        else
            turns_.push_back(client);
        if (found) return found;
    }
    return std::nullopt;
}

}  // namespace millrace::serve
