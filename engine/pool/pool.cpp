// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/pool.h"

#include "pool/pool_base.h"

#include <utility>

namespace millrace::pool {

void Pool::start()
{
    core_->start();
}
net::awaitable<void> Pool::stop()
{
    return core_->stop();
}
void Pool::apply(const Options& options)
{
    core_->apply(options);
}
std::uint32_t Pool::evict(const std::vector<ConnectionId>& ids)
{
    return core_->evict(ids);
}
std::uint32_t Pool::setDraining(bool draining)
{
    return core_->setDraining(draining);
}
void Pool::setEnabled(bool enabled)
{
    core_->setEnabled(enabled);
}
void Pool::setDown(std::optional<std::string> why)
{
    core_->setDown(std::move(why));
}
net::awaitable<ProbeResult> Pool::probe()
{
    return core_->probe();
}
PoolSnapshot Pool::snapshot() const
{
    return core_->snapshot();
}
bool Pool::available(std::string* why) const
{
    return core_->available(why);
}
std::uint32_t Pool::outstanding() const
{
    return core_->outstanding();
}
void Pool::onHealth(std::function<void(const HealthChange&)> listener)
{
    core_->onHealth(std::move(listener));
}

}  // namespace millrace::pool
