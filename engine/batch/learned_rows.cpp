// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/learned_rows.h"

#include "phrases.h"

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

bool LearnedRows::refused(std::uint32_t taken, Refusal why, bool sure, TimePoint now)
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

Sentence LearnedRows::sentence(TimePoint now) const
{
    if (rows_ == 0) return {};
    const Value refused = Value::rows(why_.rows), words = Value::quote(why_.words);
    const bool probing = now >= until_;
    const Value rest = probing ? Value("") : Value(Duration(std::chrono::ceil<std::chrono::minutes>(until_ - now)));
    if (why_.rows == 0)
        return probing ? say(Phrase::SizeProbingAlone, Value::rows(limit(now)), words)
                       : say(Phrase::SizeLearnedAlone, Value::rows(rows_), rest, words);
    return probing ? say(Phrase::SizeProbing, Value::rows(limit(now)), refused, words)
                   : say(Phrase::SizeLearned, Value::rows(rows_), rest, refused, words);
}

}  // namespace millrace::batch
