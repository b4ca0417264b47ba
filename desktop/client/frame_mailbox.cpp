// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/frame_mailbox.h"

#include <utility>

namespace millrace::desktop {
namespace {

template <class Field>
void appendBounded(Field& into, Field& next, int limit)
{
    for (auto& element : next) into.Add(std::move(element));
    if (into.size() > limit) into.DeleteSubrange(0, into.size() - limit);
}

}  // namespace

void mergeFrame(control::Frame& into, control::Frame&& next, const MergeLimits& limits)
{
    if (next.full()) {
        // Everything is in `next`; only what is sent once and was not seen yet must survive.
        auto events = std::move(*into.mutable_events());
        auto requests = std::move(*into.mutable_requests());
        const bool sameBoot = into.boot_id() == next.boot_id() || into.boot_id().empty();
        into = std::move(next);
        if (!sameBoot) return;
        std::swap(events, *into.mutable_events());
        std::swap(requests, *into.mutable_requests());
        appendBounded(*into.mutable_events(), events, limits.events);
        appendBounded(*into.mutable_requests(), requests, limits.requests);
        return;
    }
    into.set_sequence(next.sequence());
    into.set_time_ms(next.time_ms());
    into.set_revision(next.revision());
    into.set_draining(next.draining());
    if (next.has_sample()) *into.mutable_sample() = std::move(*next.mutable_sample());
    if (next.has_engine()) *into.mutable_engine() = std::move(*next.mutable_engine());
    if (next.has_flow()) *into.mutable_flow() = std::move(*next.mutable_flow());
    if (next.has_pools()) *into.mutable_pools() = std::move(*next.mutable_pools());
    if (next.has_streams()) *into.mutable_streams() = std::move(*next.mutable_streams());
    if (next.has_guard()) *into.mutable_guard() = std::move(*next.mutable_guard());
    if (next.has_batches()) {
        auto recent = std::move(*into.mutable_batches()->mutable_recent());
        appendBounded(recent, *next.mutable_batches()->mutable_recent(), limits.batches);
        *into.mutable_batches() = std::move(*next.mutable_batches());
        *into.mutable_batches()->mutable_recent() = std::move(recent);
    }
    if (next.has_models()) {
        auto recent = std::move(*into.mutable_models()->mutable_recent());
        // A load changes while it is listed (started, ended, unloaded, judged): by id, the later word counts.
        for (auto& load : *next.mutable_models()->mutable_recent()) {
            bool replaced = false;
            for (int i = recent.size() - 1; i >= 0 && !replaced; --i) {
                if (recent.Get(i).id() != load.id()) continue;
                *recent.Mutable(i) = std::move(load);
                replaced = true;
            }
            if (!replaced) recent.Add(std::move(load));
        }
        if (recent.size() > limits.loads) recent.DeleteSubrange(0, recent.size() - limits.loads);
        *into.mutable_models() = std::move(*next.mutable_models());
        *into.mutable_models()->mutable_recent() = std::move(recent);
    }
    appendBounded(*into.mutable_events(), *next.mutable_events(), limits.events);
    appendBounded(*into.mutable_requests(), *next.mutable_requests(), limits.requests);
}

FrameMailbox::Put FrameMailbox::put(control::Frame&& frame)
{
    const std::lock_guard lock(mutex_);
    if (!frame.full()) {
        if (!synced_ || frame.boot_id() != bootId_ || frame.sequence() != sequence_ + 1) {
            synced_ = false;
            return Put::Gap;
        }
    }
    synced_ = true;
    bootId_ = frame.boot_id();
    sequence_ = frame.sequence();
    if (held_) {
        mergeFrame(*held_, std::move(frame));
        return Put::Kept;
    }
    held_ = std::move(frame);
    return Put::First;
}

std::optional<control::Frame> FrameMailbox::take()
{
    const std::lock_guard lock(mutex_);
    return std::exchange(held_, std::nullopt);
}

void FrameMailbox::reset()
{
    const std::lock_guard lock(mutex_);
    synced_ = false;
}

}  // namespace millrace::desktop
