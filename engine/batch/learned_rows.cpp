// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/learned_rows.h"

#include "batch/words.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace millrace::batch {

std::uint32_t LearnedRows::limit(TimePoint now) const
{
    if (rows_ == 0 || now < until_) return rows_;
    return rows_ > std::numeric_limits<std::uint32_t>::max() / 2 ? rows_ : 2 * rows_;
}

bool LearnedRows::refused(std::uint32_t taken, std::string why, bool sure, TimePoint now)
{
    if (!sure && rows_ == 0) {
        const bool again = suspected_ && now - *suspected_ <= kHolds;
        suspected_ = now;
        if (!again) return false;
    }
    if (rows_ != 0 && now < until_ && rows_ <= taken) return false;  // from a batch that left before
    const bool tried = rows_ != 0 && now >= until_;
    holds_ = tried ? std::min(2 * holds_, kHoldsMax) : kHolds;
    rows_ = std::max<std::uint32_t>(1, taken);
    why_ = std::move(why);
    until_ = now + holds_;
    suspected_.reset();
    return true;
}

void LearnedRows::taken(std::uint32_t rows, std::uint32_t wanted, TimePoint now)
{
    if (rows_ == 0 || now < until_ || rows <= rows_) return;
    rows_ = rows;
    if (rows_ >= wanted) forget();
}

std::string LearnedRows::words(TimePoint now) const
{
    if (rows_ == 0) return {};
    if (now >= until_) return batch::words("at most %u rows, probing for more: %.180s", limit(now), why_.c_str());
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(until_ - now).count();
    return batch::words("at most %u rows for another %lld min: %.180s", rows_, static_cast<long long>(minutes),
                        why_.c_str());
}

}  // namespace millrace::batch
