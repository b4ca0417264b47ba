// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/stop_filter.h"

#include <algorithm>

namespace millrace::runtime {

std::string StopFilter::pass(const std::string& piece)
{
    if (found_) return {};
    held_ += piece;
    std::size_t first = std::string::npos;
    for (const std::string& stop : stops_)
        if (!stop.empty()) first = std::min(first, held_.find(stop));
    if (first != std::string::npos) {
        found_ = true;
        held_.resize(first);
        return std::exchange(held_, {});
    }
    std::size_t keep = 0;
    for (const std::string& stop : stops_)
        for (std::size_t size = std::min(stop.size(), held_.size() + 1); size-- > 1;)
            if (size > keep && size < stop.size() && held_.ends_with(stop.substr(0, size))) keep = size;
    std::string leaving = held_.substr(0, held_.size() - keep);
    held_.erase(0, leaving.size());
    return leaving;
}

}  // namespace millrace::runtime
