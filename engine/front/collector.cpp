// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/collector.h"

#include "front/http_text.h"
#include "http/inflate.h"
#include "pool/http_message.h"

#include <algorithm>

namespace millrace::front {

Collector::Collector(std::string_view encoding)
{
    if (isGzip(encoding)) inflater_ = std::make_unique<http::Inflater>();
}

Collector::~Collector() = default;

net::awaitable<Status> Collector::write(std::string_view bytes)
{
    if (!inflater_) {
        if (bytes.size() > kHeldMax - held_.size()) co_return pool::answerTooLarge(kHeldMax);
        held_.append(bytes);
        co_return absl::OkStatus();
    }
    for (bool more = true; more || !bytes.empty();) {
        if (held_.size() == kHeldMax) co_return pool::answerTooLarge(kHeldMax);
        auto turn = inflater_->inflate(bytes, held_, std::min<std::size_t>(kHeldMax - held_.size(), 65536));
        if (!turn.ok()) co_return turn.status();
        bytes.remove_prefix(turn->used);
        more = turn->more;
    }
    co_return absl::OkStatus();
}

}  // namespace millrace::front
