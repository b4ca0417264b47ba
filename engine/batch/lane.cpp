// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/lane.h"

#include "base/check.h"
#include "phrases.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <bit>

namespace millrace::batch {

namespace {

constexpr double kForget = 0.125;      // weight of the newest arrival
constexpr double kGapOutlier = 8;      // a pause between bursts counts as at most this many usual gaps
constexpr double kPatience = 2;        // gaps to wait for an arrival that does not come
constexpr int kOvertakenTimeouts = 4;  // a member that waited this many timeouts is not overtaken any more
constexpr Duration kOvertakenMin = 100ms;
constexpr std::uint32_t kBypassParts = 4;  // only requests of at least this part of the limit bypass
constexpr std::size_t kBypassSamples = 8;  // runs whose cost must be known
constexpr Duration kBypassFor = 30s;       // until that is asked again
constexpr int kPatienceRuns = 8;           // expected runs after which a batch does not hold the lane any more
constexpr Duration kPatienceMin = 2s;
constexpr Duration kPatienceUnknown = 10s;  // before the first run
constexpr double kBaseShare = 0.125;        // of a run, that merging could save at most: too little to wait for

}  // namespace

const char* nameOf(DispatchReason why)
{
    switch (why) {
        case DispatchReason::Full:
            return "full";
        case DispatchReason::Idle:
            return "idle";
        case DispatchReason::Timeout:
            return "timeout";
        case DispatchReason::Deadline:
            return "deadline";
        case DispatchReason::Flush:
            return "flush";
    }
    return "";
}

void Lane::noteGap(TimePoint at, std::uint32_t rows)
{
    rowsEach_ += kForget * (rows - rowsEach_);
    if (lastArrival_) {
        double gap = std::max(0.0, toMs(at - *lastArrival_));
        if (gapMs_) {
            // Clients that answer each batch with the next come in bursts; the pause while it runs is not an arrival
            // gap.
            gap = std::min(gap, kGapOutlier * std::max(*gapMs_, 0.001));
            *gapMs_ += kForget * (gap - *gapMs_);
        } else {
            gapMs_ = gap;
        }
    }
    lastArrival_ = at;
}

Lane::Ticket Lane::add(const Arrival& arrival)
{
    MR_CHECK(arrival.rows > 0);
    noteGap(arrival.at, arrival.rows);
    std::uint32_t index = 0;
    if (free_.empty()) {
        index = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    Slot& slot = slots_[index];
    slot.arrival = arrival;
    slot.level = static_cast<std::uint32_t>(kPriorityMax - std::clamp(arrival.priority, -kPriorityMax, kPriorityMax));
    slot.waits = true;
    ++slot.use;
    Level& level = levels_[slot.level];
    slot.previous = level.tail;
    slot.next = kNone;
    (level.tail == kNone ? level.head : slots_[level.tail].next) = index;
    level.tail = index;
    occupied_ |= 1u << slot.level;
    ++waiting_;
    rows_ += arrival.rows;
    bytes_ += arrival.bytes;
    if (arrival.deadline != TimePoint::max()) {
        // Members that left long before their deadline leave an entry behind; sweep when these are most of the heap.
        if (deadlines_.size() > 64 + 4 * static_cast<std::size_t>(waiting_)) {
            std::erase_if(deadlines_,
                          [&](const Deadline& d) { return !slots_[d.slot].waits || slots_[d.slot].use != d.use; });
            std::make_heap(deadlines_.begin(), deadlines_.end());
        }
        deadlines_.push_back({arrival.deadline, index, slot.use});
        std::push_heap(deadlines_.begin(), deadlines_.end());
    }
    return index;
}

Lane::Key Lane::unlink(std::uint32_t index)
{
    Slot& slot = slots_[index];
    MR_CHECK(slot.waits);
    Level& level = levels_[slot.level];
    (slot.previous == kNone ? level.head : slots_[slot.previous].next) = slot.next;
    (slot.next == kNone ? level.tail : slots_[slot.next].previous) = slot.previous;
    if (level.head == kNone) occupied_ &= ~(1u << slot.level);
    slot.waits = false;
    free_.push_back(index);
    --waiting_;
    rows_ -= slot.arrival.rows;
    bytes_ -= slot.arrival.bytes;
    const Key key = slot.arrival.key;
    if (waiting_ == 0) {
        flushing_ = false;
        deadlines_.clear();
        if (slots_.size() > kSlotsKept) {  // after a burst; nobody holds a ticket now
            slots_ = {};
            free_ = {};
            deadlines_ = {};
        }
    }
    return key;
}

void Lane::remove(Ticket ticket)
{
    unlink(ticket);
}

const Lane::Deadline* Lane::nearest()
{
    while (!deadlines_.empty()) {
        const Deadline& top = deadlines_.front();
        if (slots_[top.slot].waits && slots_[top.slot].use == top.use) return &top;
        std::pop_heap(deadlines_.begin(), deadlines_.end());
        deadlines_.pop_back();
    }
    return nullptr;
}

std::vector<Lane::Key> Lane::expire(TimePoint now)
{
    std::vector<Key> expired;
    for (const Deadline* top = nearest(); top && top->when <= now; top = nearest())
        expired.push_back(unlink(top->slot));
    return expired;
}

std::vector<Lane::Key> Lane::clear()
{
    std::vector<Key> keys;
    for (const Level& level : levels_) {
        while (level.head != kNone) keys.push_back(unlink(level.head));
    }
    return keys;
}

/// Calls `take` with the slot of each level's first member, from the highest priority on.
template <typename Take>
void Lane::eachFirst(Take take) const
{
    for (std::uint32_t left = occupied_; left != 0; left &= left - 1)
        take(levels_[static_cast<std::size_t>(std::countr_zero(left))].head);
}

std::optional<TimePoint> Lane::oldest() const
{
    std::optional<TimePoint> oldest;
    eachFirst([&](std::uint32_t first) {
        const TimePoint at = slots_[first].arrival.at;
        if (!oldest || at < *oldest) oldest = at;
    });
    return oldest;
}

std::uint32_t Lane::frontSlot(TimePoint now) const
{
    std::uint32_t highest = kNone;
    std::uint32_t oldest = kNone;
    eachFirst([&](std::uint32_t first) {
        if (highest == kNone) highest = first;
        if (oldest == kNone || slots_[first].arrival.at < slots_[oldest].arrival.at) oldest = first;
    });
    const Duration bound = std::max<Duration>(kOvertakenMin, kOvertakenTimeouts * options_.timeout);
    return oldest != kNone && now - slots_[oldest].arrival.at >= bound ? oldest : highest;
}

/// Whether a dedicated run costs these rows next to nothing more than a share of a larger one.
bool Lane::cheapEnough(std::uint32_t rows) const
{
    const auto& fit = cost_.fit();
    return fit && fit->baseMs <= kBaseShare * fit->at(rows);
}

std::optional<std::string> Lane::bypass(std::uint32_t rows, TimePoint now)
{
    if (rows * kBypassParts < limit_) return std::nullopt;
    if (bypassUntil_ && now >= *bypassUntil_) {
        bypassUntil_.reset();
        cost_ = CostModel();  // runs change; a while of merging measures what they cost now
    }
    if (!bypassUntil_) {
        if (cost_.samples() < kBypassSamples || !cheapEnough(rows)) return std::nullopt;
        bypassUntil_ = now + kBypassFor;
    }
    if (!cheapEnough(rows)) return std::nullopt;
    return absl::StrFormat("it has %u rows, and batching would save only %.3g ms of its %.3g ms run", rows,
                           cost_.fit()->baseMs, cost_.fit()->at(rows));
}

/// When the forming batch leaves for the idle backend: now, or when one more arrival would not be worth its cost.
std::optional<Lane::Plan> Lane::idlePlan(TimePoint now) const
{
    if (!options_.idleDispatch) return std::nullopt;
    if (inFlight_ > 0)
        return cheapEnough(rows_) ? std::optional(Plan{now, DispatchReason::Idle, Case::CheapEnough}) : std::nullopt;
    if (freeSince_ > *oldest()) return Plan{now, DispatchReason::Idle, Case::BecameFree};
    const auto& fit = cost_.fit();
    if (!fit || !gapMs_) return Plan{now, DispatchReason::Idle, Case::NothingKnown};
    const double gain = fit->baseMs - *gapMs_;
    const double cost = waiting_ * (*gapMs_ + fit->perRowMs * rowsEach_);
    if (gain <= cost) return Plan{now, DispatchReason::Idle, Case::NoGain};
    return Plan{*lastArrival_ + fromMs(kPatience * *gapMs_), DispatchReason::Idle, Case::NobodyElse};
}

/// What a run must be left of a member's time. Not known before the first run: half of it, then.
Duration Lane::needed(const Arrival& member) const
{
    const auto run = cost_.expected(rows_);
    return run ? *run + *run / 8 : (member.deadline - member.at) / 2;
}

Lane::Plan Lane::decide(TimePoint now) const
{
    if (flushing_) return {now, DispatchReason::Flush, Case::Flush};
    if (isFull()) return {now, DispatchReason::Full, Case::Full};

    Plan plan{*oldest() + options_.timeout, DispatchReason::Timeout, Case::Waited};
    if (options_.idleDispatch && plan.at <= now && freeSince_ > plan.at)
        plan = {now, DispatchReason::Idle, Case::BecameFree};
    if (nearest_) {
        const Arrival& member = slots_[nearest_->slot].arrival;
        const TimePoint last = member.deadline - needed(member);
        if (last < plan.at) plan = {last, DispatchReason::Deadline, Case::Deadline};
    }
    if (const auto idle = idlePlan(now); idle && idle->at < plan.at) plan = *idle;
    return plan;
}

Sentence Lane::describe(const Plan& plan, TimePoint now) const
{
    const Duration waited = now - *oldest();
    switch (plan.kind) {
        case Case::Flush:
            return say(Phrase::BatchFlush, waiting_);
        case Case::Full:
            break;  // take() knows what did not fit
        case Case::Waited:
            return say(Phrase::BatchTimeout, options_.timeout, waited);
        case Case::Deadline: {
            const Arrival& member = slots_[nearest_->slot].arrival;
            return say(Phrase::BatchDeadline, member.deadline - now, needed(member));
        }
        case Case::BecameFree:
            return say(Phrase::BatchBecameIdle, rows_, Value::rows(limit_), waited);
        case Case::NothingKnown:
            return say(Phrase::BatchNothingKnown);
        case Case::CheapEnough:
            return say(Phrase::BatchCheap, Value::ms(cost_.fit()->baseMs), Value::ms(cost_.fit()->at(rows_)));
        case Case::NoGain:
            return say(Phrase::BatchNoGain, Value::ms(gapMs_.value_or(0)), Value::ms(cost_.fit()->baseMs),
                       Value::ms(cost_.fit()->perRowMs));
        case Case::NobodyElse:
            return say(Phrase::BatchNobodyElse, Value::ms(kPatience * gapMs_.value_or(0)));
    }
    return {};
}

std::optional<Lane::Dispatch> Lane::next(TimePoint now)
{
    dispatchAt_.reset();
    if (waiting_ == 0 || inFlight_ >= options_.inFlightMax) return std::nullopt;
    const Deadline* top = nearest();
    nearest_ = top ? std::optional(*top) : std::nullopt;
    const Plan plan = decide(now);
    waitLimit_ = std::max<Duration>(Duration::zero(), plan.at - *oldest());
    if (plan.at > now) {
        dispatchAt_ = plan.at;
        return std::nullopt;
    }
    return take(plan, now);
}

Lane::Dispatch Lane::take(const Plan& plan, TimePoint now)
{
    Dispatch out;
    out.why = plan.why;
    out.limit = limit_;
    out.oldest = TimePoint::max();
    out.members.reserve(std::min(waiting_, limit_));
    if (plan.kind != Case::Full) out.reason = describe(plan, now);
    std::optional<Arrival> next;
    while (waiting_ > 0) {
        const std::uint32_t index = frontSlot(now);
        const Arrival arrival = slots_[index].arrival;
        const std::size_t bytes = out.bytes + arrival.bytes;
        if (!out.members.empty() && (out.rows + arrival.rows > limit_ || bytes > options_.bytesMax)) {
            next = arrival;
            break;
        }
        out.rows += arrival.rows;
        out.bytes = bytes;
        out.oldest = std::min(out.oldest, arrival.at);
        out.members.push_back(unlink(index));
        if (out.rows >= limit_ || out.bytes >= options_.bytesMax) break;
    }
    if (plan.kind == Case::Full) out.reason = fullness(out, next ? &*next : nullptr);
    ++inFlight_;
    return out;
}

/// `next`: who did not fit any more; none: the batch is full to the brim.
Sentence Lane::fullness(const Dispatch& out, const Arrival* next) const
{
    const Value rows(out.rows, Unit::Count), limit = Value::rows(limit_);
    const Value bytes = Value::bytes(out.bytes), bytesMax = Value::bytes(options_.bytesMax);
    if (out.rows > limit_) return say(Phrase::BatchTooManyRows, Value::rows(out.rows), limit);
    if (out.members.size() == 1 && out.bytes > options_.bytesMax)
        return say(Phrase::BatchTooManyBytes, bytes, bytesMax);
    if (out.rows < limit_ && next && out.rows + next->rows <= limit_)
        return say(Phrase::BatchFullBytesNext, bytes, bytesMax, Value::bytes(next->bytes));
    if (out.rows < limit_ && !next) return say(Phrase::BatchFullBytes, bytes, bytesMax);
    if (!next) return say(Phrase::BatchFullRows, rows, limit);
    return say(Phrase::BatchFullRowsNext, rows, limit, next->rows);
}

void Lane::returned(TimePoint now, std::uint32_t rows, std::optional<Duration> run)
{
    MR_CHECK(inFlight_ > 0);
    const bool full = inFlight_-- == options_.inFlightMax;
    if (full || inFlight_ == 0) freeSince_ = now;
    if (run) cost_.add(rows, *run);
}

Duration Lane::patience(std::uint32_t rows) const
{
    const auto run = cost_.expected(rows);
    return run ? std::max(kPatienceMin, kPatienceRuns * *run) : kPatienceUnknown;
}

std::optional<TimePoint> Lane::wakeAt()
{
    std::optional<TimePoint> wake = dispatchAt_;
    if (const Deadline* top = nearest(); top && (!wake || top->when < *wake)) wake = top->when;
    return wake;
}

std::optional<Duration> Lane::drainTime() const
{
    const auto run = cost_.expected(std::min(rows_, limit_));
    if (!run) return std::nullopt;
    return *run * (rows_ / limit_ + 1) / std::max<std::uint32_t>(1, options_.inFlightMax);
}

}  // namespace millrace::batch
