// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_script.h"
#include "client/fake_world.h"

#include <algorithm>
#include <array>

namespace millrace::desktop {

using namespace control;

namespace {

void countClosed(PoolState& pool, CloseReason reason)
{
    auto& all = *pool.mutable_closed_total();
    auto found = std::find_if(all.begin(), all.end(), [reason](const auto& entry) { return entry.reason() == reason; });
    CloseCount& entry = found == all.end() ? *all.Add() : *found;
    entry.set_reason(reason);
    entry.set_count(entry.count() + 1);
}

}  // namespace

void FakeWorld::movePools()
{
    for (auto& pool : *state_.mutable_pools()->mutable_pools()) {
        // Chats have a connection each, bursts go out in batches; the second backend is there and hardly used.
        const double load = pool.backend() != "runtime"             ? 0.03
                            : pool.protocol() == POOL_PROTOCOL_HTTP ? 0.3
                            : script::isBurst(elapsed())            ? 0.5
                                                                    : 0.08;
        std::uint32_t active = 0, idle = 0;
        for (auto& connection : *pool.mutable_connections()) {
            connection.set_age_ms(connection.age_ms() + 1000);
            const bool busy = pool.health() != BACKEND_HEALTH_DRAINING && chance() < load;
            connection.set_state(busy ? CONNECTION_PHASE_ACTIVE : CONNECTION_PHASE_IDLE);
            connection.set_idle_ms(busy ? 0 : connection.idle_ms() + 1000);
            if (busy) connection.set_uses(connection.uses() + 1 + pick(40));
            (busy ? active : idle) += 1;
        }
        pool.set_active(active);
        pool.set_idle(idle);
        pool.set_connecting(chance() < 0.1 ? 1 : 0);
        pool.set_utilisation(static_cast<double>(active) / pool.size_max());
        pool.set_headroom(pool.health() == BACKEND_HEALTH_DRAINING ? 0 : pool.size_max() - active);
        pool.set_reused_total(pool.reused_total() + 800 + pick(400));
        if (chance() < 0.08 && pool.connections_size() > 4) {
            // One reaches its age and another takes its place.
            static constexpr std::array kReasons = {CLOSE_REASON_IDLE, CLOSE_REASON_AGE, CLOSE_REASON_AGE,
                                                    CLOSE_REASON_SHRINK, CLOSE_REASON_SERVER_CLOSED};
            countClosed(pool, kReasons[pick(kReasons.size())]);
            pool.set_created_total(pool.created_total() + 1);
            auto& connection =
                *pool.mutable_connections(static_cast<int>(pick(static_cast<std::uint64_t>(pool.connections_size()))));
            connection.set_id(nextId_++);
            connection.set_age_ms(0);
            connection.set_uses(0);
        }
        pool.set_reuse_rate(reuse_.value);
        pool.set_create_p99_ms(0.6 + chance());
        pool.set_wait_p99_ms(0.1 + 0.2 * chance());
        if ((nowMs_ / 1000) % 30 == 0) {
            pool.set_health_passed_total(pool.health_passed_total() + 1);
            pool.set_health_latency_ms(0.4 + chance());
            pool.set_health_checked_ms(nowMs_);
        }
        if (pool.backend() == "llama") {
            pool.set_idle_limit_ms(4000);
            const auto why = script::say(PHRASE_IDLE_SEEN, {script::ms(5000), script::figure(41, VALUE_UNIT_TIMES)});
            pool.set_idle_limit_why(why.english);
            *pool.mutable_idle_limit_words() = why.words;
        }
    }
}

std::uint32_t FakeWorld::evict(const std::string& backend, std::vector<std::uint64_t> ids)
{
    std::uint32_t count = 0;
    for (auto& pool : *state_.mutable_pools()->mutable_pools()) {
        if (pool.backend() != backend) continue;
        auto& connections = *pool.mutable_connections();
        for (int i = connections.size() - 1; i >= 0; --i) {
            const bool named = std::find(ids.begin(), ids.end(), connections.Get(i).id()) != ids.end();
            if (ids.empty() ? connections.Get(i).state() != CONNECTION_PHASE_IDLE : !named) continue;
            connections.DeleteSubrange(i, 1);
            countClosed(pool, CLOSE_REASON_EVICTED);
            ++count;
        }
    }
    return count;
}

bool FakeWorld::drain(const std::string& backend, bool draining)
{
    bool any = false;
    for (auto& pool : *state_.mutable_pools()->mutable_pools()) {
        if (pool.backend() != backend) continue;
        pool.set_health(draining ? BACKEND_HEALTH_DRAINING : BACKEND_HEALTH_HEALTHY);
        any = true;
    }
    return any;
}

}  // namespace millrace::desktop
