// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/watch_hub.h"

#include <algorithm>
#include <cmath>

namespace millrace::control {

WatchHub::WatchHub(const Clock& clock, std::string bootId, Collect collect)
    : clock_(clock), bootId_(std::move(bootId)), collect_(std::move(collect)), inbox_(std::make_shared<Inbox>())
{}

WatchHub::~WatchHub()
{
    stop();
}

StatusOr<WatchHub::Ticket> WatchHub::add(WatchSink* sink, double rateHz)
{
    const double rate = rateHz == 0 ? kRateUsual : rateHz;
    if (!(rate >= kRateLeast && rate <= kRateMost))
        return withField(invalidArgument("rate_hz must be 0.2 – 20, is " + std::to_string(rateHz)), "rate_hz");
    const MutexLock lock(inbox_->mutex);
    if (inbox_->stopped) return unavailable("the engine is stopping");
    if (watchers_.size() >= kWatchersMax)
        return resourceExhausted(std::to_string(kWatchersMax) + " programs are already watching");
    Watcher watcher;
    watcher.ticket = ++lastTicket_;
    watcher.sink = sink;
    watcher.interval = fromMs(1000 / rate);
    watcher.due = clock_.now();
    watchers_.push_back(watcher);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    inbox_->wake.notifyOne();
    return watcher.ticket;
}

WatchHub::Watcher* WatchHub::find(Ticket ticket)
{
    const auto found = std::find_if(watchers_.begin(), watchers_.end(),
                                    [ticket](const Watcher& watcher) { return watcher.ticket == ticket; });
    return found == watchers_.end() ? nullptr : &*found;
}

void WatchHub::sent(Ticket ticket, bool ok)
{
    const MutexLock lock(inbox_->mutex);
    Watcher* watcher = find(ticket);
    if (!watcher) return;
    watcher->writing = false;
    watcher->disconnected = watcher->disconnected || !ok;
    inbox_->wake.notifyOne();
}

void WatchHub::cancel(Ticket ticket)
{
    const MutexLock lock(inbox_->mutex);
    if (Watcher* watcher = find(ticket)) watcher->disconnected = true;
    inbox_->wake.notifyOne();
}

std::size_t WatchHub::watchers() const
{
    const MutexLock lock(inbox_->mutex);
    return watchers_.size();
}

void WatchHub::stop()
{
    {
        const MutexLock lock(inbox_->mutex);
        inbox_->stopped = true;
    }
    inbox_->wake.notifyOne();
    if (thread_.joinable()) thread_.join();
}

std::optional<TimePoint> WatchHub::nextDue() const
{
    std::optional<TimePoint> next;
    for (const auto& watcher : watchers_)
        if (!watcher.writing && (!next || watcher.due < *next)) next = watcher.due;
    return next;
}

void WatchHub::run()
{
    MutexLock lock(inbox_->mutex);
    while (!inbox_->stopped) {
        finishDisconnected();
        if (inbox_->stopped) break;
        if (inbox_->arrived) {
            sendDue();
            continue;
        }
        if (watchers_.empty()) {
            state_.reset();
            cursors_ = {};
        }
        const auto due = nextDue();
        const auto now = clock_.now();
        if (due && *due <= now && !collecting_) {
            startCollecting();
            continue;
        }
        if (due && !collecting_)
            inbox_->wake.waitUntil(inbox_->mutex, std::chrono::steady_clock::now() + (*due - now));
        else
            inbox_->wake.wait(inbox_->mutex);
    }
    auto last = std::move(watchers_);
    watchers_.clear();
    lock.unlock();
    for (auto& watcher : last) watcher.sink->finish(unavailable("the engine is stopping"));
}

void WatchHub::finishDisconnected()
{
    std::list<Watcher> disconnected;
    for (auto watcher = watchers_.begin(); watcher != watchers_.end();) {
        const auto next = std::next(watcher);
        if (watcher->disconnected) disconnected.splice(disconnected.end(), watchers_, watcher);
        watcher = next;
    }
    if (disconnected.empty()) return;
    inbox_->mutex.unlock();
    for (auto& watcher : disconnected) watcher.sink->finish(cancelled("the watcher disconnected"));
    inbox_->mutex.lock();
}

void WatchHub::startCollecting()
{
    collecting_ = true;
    const Cursors from = state_ ? cursors_ : Cursors{};
    inbox_->mutex.unlock();
    collect_(from, [inbox = inbox_](Collected collected) {
        const MutexLock guard(inbox->mutex);
        inbox->arrived = std::move(collected);
        inbox->wake.notifyOne();
    });
    inbox_->mutex.lock();
}

void WatchHub::sendDue()
{
    Collected collected = std::move(*inbox_->arrived);
    inbox_->arrived.reset();
    collecting_ = false;
    inbox_->mutex.unlock();
    if (!state_) state_ = std::make_unique<WatchState>();
    state_->take(std::move(collected.snapshot));
    cursors_ = collected.cursors;
    inbox_->mutex.lock();

    struct OutboundFrame {
        WatchSink* sink;
        std::uint64_t version;
        std::uint64_t sequence;
    };
    std::vector<OutboundFrame> outbound;
    const auto now = clock_.now();
    for (auto& watcher : watchers_) {
        if (watcher.writing || watcher.disconnected || watcher.due > now) continue;
        // From its own beat, so that the rate does not drift; from now, when it has fallen behind.
        watcher.due = std::max(watcher.due + watcher.interval, now);
        if (!state_->changedSince(watcher.version)) continue;
        watcher.writing = true;
        outbound.push_back({watcher.sink, watcher.version, ++watcher.sequence});
        watcher.version = state_->version();
    }
    inbox_->mutex.unlock();
    for (const auto& next : outbound) {
        v1::Frame frame = state_->deltaSince(next.version);
        frame.set_boot_id(bootId_);
        frame.set_sequence(next.sequence);
        next.sink->send(std::move(frame));
    }
    inbox_->mutex.lock();
}

}  // namespace millrace::control
