// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/pool_metrics.h"

namespace millrace::pool {

namespace {

void follow(Counter& counter, std::uint64_t now, std::uint64_t& seen)
{
    // A rejected grant decrements the ledger's count; the monotonic counter waits until it is exceeded again.
    if (now <= seen) return;
    counter.add(now - seen);
    seen = now;
}

}  // namespace

PoolMetrics::PoolMetrics(Registry& registry, const std::string& backend, const std::string& protocol)
    : createSeconds(registry.histogram("millrace_pool_create_seconds", "Seconds to open a connection.",
                                       buckets::latencySeconds(), {{"backend", backend}, {"protocol", protocol}})),
      waitSeconds(registry.histogram("millrace_pool_wait_seconds", "Seconds that requests waited for a connection.",
                                     buckets::latencySeconds(), {{"backend", backend}, {"protocol", protocol}})),
      healthSeconds(registry.histogram("millrace_pool_health_seconds",
                                       "Seconds that health checks took whose backend was healthy before.",
                                       buckets::latencySeconds(), {{"backend", backend}})),
      healthPassed(registry.counter("millrace_pool_health_checks_total", "Health checks.",
                                    {{"backend", backend}, {"result", "passed"}})),
      healthFailed(registry.counter("millrace_pool_health_checks_total", "Health checks.",
                                    {{"backend", backend}, {"result", "failed"}})),
      http2(registry.gauge("millrace_pool_connections_http2",
                           "Connections that speak HTTP/2, those being opened included.",
                           {{"backend", backend}, {"protocol", protocol}})),
      created_(registry.counter("millrace_pool_connections_created_total", "Connections opened.",
                                {{"backend", backend}, {"protocol", protocol}})),
      reused_(registry.counter("millrace_pool_connections_reused_total",
                               "Exchanges on a connection that had carried one before.",
                               {{"backend", backend}, {"protocol", protocol}})),
      failed_(registry.counter("millrace_pool_connections_failed_total", "Connection attempts that failed.",
                               {{"backend", backend}, {"protocol", protocol}})),
      acquired_(registry.counter("millrace_pool_acquired_total", "Connections leased to a request.",
                                 {{"backend", backend}, {"protocol", protocol}})),
      sizeMax_(registry.gauge("millrace_pool_size_max", "Largest number of connections that the pool currently allows.",
                              {{"backend", backend}, {"protocol", protocol}})),
      waiters_(registry.gauge("millrace_pool_waiters", "Requests waiting for a connection.",
                              {{"backend", backend}, {"protocol", protocol}})),
      utilisation_(registry.gauge("millrace_pool_utilisation_ratio",
                                  "Connections in use as a fraction of the current maximum.",
                                  {{"backend", backend}, {"protocol", protocol}})),
      headroom_(registry.gauge("millrace_pool_headroom",
                               "Requests that could be dispatched before one has to wait; 0 while ejected or draining.",
                               {{"backend", backend}, {"protocol", protocol}}))
{
    for (std::size_t i = 0; i < kCloseReasons; ++i)
        closed_[i] = &registry.counter("millrace_pool_connections_closed_total", "Connections closed.",
                                       {{"backend", backend},
                                        {"protocol", protocol},
                                        {"reason", std::string(reasonName(static_cast<CloseReason>(i)))}});
    for (std::size_t i = 0; i < kStates; ++i)
        states_[i] = &registry.gauge(
            "millrace_pool_connections", "Connections by state.",
            {{"backend", backend}, {"protocol", protocol}, {"state", std::string(stateName(static_cast<State>(i)))}});
}

void PoolMetrics::update(const Ledger& ledger, std::uint64_t headroom)
{
    const Ledger::Totals& totals = ledger.totals();
    follow(created_, totals.opened, seen_.opened);
    follow(reused_, totals.reused, seen_.reused);
    follow(failed_, totals.failed, seen_.failed);
    follow(acquired_, totals.acquired, seen_.acquired);
    if (totals.closed != seen_.closed)
        for (std::size_t i = 0; i < kCloseReasons; ++i) follow(*closed_[i], totals.closed[i], seen_.closed[i]);
    for (std::size_t i = 0; i < kStates; ++i) states_[i]->set(ledger.count(static_cast<State>(i)));
    sizeMax_.set(ledger.limits().sizeMax);
    waiters_.set(ledger.waiters());
    utilisation_.set(ledger.utilisation());
    headroom_.set(static_cast<double>(headroom));
}

}  // namespace millrace::pool
