// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/manners.h"

#include <algorithm>

namespace millrace::pool {

std::optional<std::uint32_t> Manners::beginProof(std::uint32_t held, std::uint32_t wanted)
{
    if (kind_ != Kind::Unknown || proving_ || held >= wanted) return std::nullopt;
    proving_ = true;
    return std::max(2u, held + 1);
}

bool Manners::takeProof(std::uint32_t open)
{
    if (!proving_) return false;
    proving_ = false;
    return open >= 2;  // alone, an answer would prove nothing
}

Duration Manners::ask(std::optional<Duration> latency)
{
    asking_ = true;
    return std::clamp<Duration>(latency.value_or(0s) * 10, kProofMin, kProofMax);
}

void Manners::answered(bool timedOut, TimePoint now)
{
    if (kind_ != Kind::Unknown || !timedOut) return;
    kind_ = Kind::OneByOne;
    until_ = now + IdleLimit::kLearnedFor;
}

}  // namespace millrace::pool
