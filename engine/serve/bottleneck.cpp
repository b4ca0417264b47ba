// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/bottleneck.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace millrace::serve {

std::optional<Bottleneck> bottleneckOf(const RequestRecords& ended, TimePoint now)
{
    using Stage = Bottleneck::Stage;
    std::array<Duration, 5> spent{};
    const auto add = [&spent](Stage stage, Duration span) { spent[static_cast<std::size_t>(stage)] += span; };
    std::uint64_t requests = 0;
    const auto first = ended.end() - std::min<std::uint64_t>(kBottleneckRequests, ended.size());
    for (auto position = ended.end(); position-- > first;) {
        const RequestRecord& record = *ended.at(position);
        if (now - (record.arrived + record.total) > kBottleneckAge) break;
        if (record.outcome != Outcome::Ok) continue;
        ++requests;
        const Trace& trace = record.trace;
        add(Stage::Connections, trace.spent(Phase::Connecting));
        add(Stage::Batches, trace.spent(Phase::Batching));
        add(Stage::Models, trace.spent(Phase::Model));
        add(Stage::Inference, trace.spent(Phase::Running) + trace.spent(Phase::Streaming));
        add(Stage::Streams, trace.spent(Phase::ClientReads));
    }
    const Duration whole = std::accumulate(spent.begin(), spent.end(), Duration{});
    if (whole <= Duration{}) return std::nullopt;
    const auto most = std::max_element(spent.begin(), spent.end());
    return Bottleneck{static_cast<Stage>(most - spent.begin()), toMs(*most) / toMs(whole), requests};
}

}  // namespace millrace::serve
