// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/ghost_lru.h"

namespace millrace::load {

bool GhostLru::request(std::uint32_t model, std::uint64_t bytes, const Limits& limits)
{
    if (!order_.empty() && order_.front().model == model && order_.front().bytes == bytes && bytes_ <= limits.bytesMax)
        return true;

    const auto place = places_.find(model);
    const bool warm = place != places_.end();
    if (warm) {
        bytes_ = bytes_ - place->second->bytes + bytes;
        place->second->bytes = bytes;
        order_.splice(order_.begin(), order_, place->second);
    } else {
        order_.push_front({model, bytes});
        places_[model] = order_.begin();
        bytes_ += bytes;
    }
    while (order_.size() > 1 &&
           (bytes_ > limits.bytesMax || (limits.modelsMax > 0 && order_.size() > limits.modelsMax))) {
        bytes_ -= order_.back().bytes;
        places_.erase(order_.back().model);
        order_.pop_back();
    }
    return warm;
}

void GhostLru::forget(std::uint32_t model)
{
    const auto place = places_.find(model);
    if (place == places_.end()) return;
    bytes_ -= place->second->bytes;
    order_.erase(place->second);
    places_.erase(place);
}

}  // namespace millrace::load
