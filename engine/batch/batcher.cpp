// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batcher.h"

#include "base/gate.h"
#include "base/one_shot.h"
#include "batch/exchange.h"
#include "batch/lane.h"
#include "batch/order_keeper.h"
#include "batch/size_controller.h"
#include "batch/words.h"
#include "inference.pb.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace millrace::batch {

namespace {

constexpr char kBatches[] = "millrace_batch_batches_total";
constexpr auto kRetryDefault = std::chrono::milliseconds(1000);  // while a lane's runs are not yet known
constexpr auto kRetryMin = std::chrono::milliseconds(10);

struct LaneState;
struct Batch;

/// One request in the batcher. The coroutine that waits for it, and the lane or the batch that has it, own it.
struct Member {
    Work work;
    CallContext context;
    TimePoint arrived;
    LaneState* lane = nullptr;
    Lane::Ticket ticket = 0;
    std::shared_ptr<Member> waiting;  ///< itself, while it is in the lane
    Batch* batch = nullptr;           ///< while it is at the backend
    std::uint64_t place = 0;          ///< in the lane's order, once it has left
    bool answered = false;            ///< the answer is there, perhaps held back for the order
    bool settled = false;             ///< the waiting coroutine has its answer
    OneShot<StatusOr<Answer>> answer;
    CancelToken::Registration onCancel;  // last: its callback looks at the rest
};

struct Batch {
    BatchId id;
    std::vector<std::shared_ptr<Member>> members;
    std::shared_ptr<backend::Backend> backend;
    std::uint32_t rows = 0;
    std::uint32_t limit = 0;
    Why why = Why::Size;
    std::string whyText;
    TimePoint left;
    TimePoint oldest;
    std::size_t alive = 0;                 ///< members that wait for their answer
    TimePoint nearest = TimePoint::max();  ///< earliest deadline of those
    CancelSource cancel;
    CallContext context;
    bool returned = false;  ///< the backend is free for the next
    Status failure;         ///< of the backend, for all
};

struct LaneState : std::enable_shared_from_this<LaneState> {
    LaneState(const Lane::Options& laneOptions, const SizeController::Options& sizeOptions)
        : lane(laneOptions), size(sizeOptions)
    {}

    std::string key;
    std::uint64_t number = 0;  ///< lanes are counted as they are made
    std::string model;
    std::string signature;
    std::optional<ListKind> list;  ///< what it merges, if not tensors
    Lane lane;
    SizeController size;
    struct Held {
        std::shared_ptr<Member> member;
        StatusOr<Answer> answer;
    };
    OrderKeeper<Held> order;
    std::uint64_t released = 0;                 ///< one past the place of the last answer given back
    std::shared_ptr<backend::Backend> backend;  ///< of the newest request; empty while nothing is held
    std::uint32_t rowsMax = 0;                  ///< the model's own limit; 0: unknown
    std::uint32_t rowsLearned = 0;              ///< what the backend was found to take at once; 0: any
    std::string note;
    std::vector<std::shared_ptr<Batch>> running;
    std::uint32_t apart = 0;  ///< its requests that run without company
    bool pumpPosted = false;
    bool pumping = false;
    bool pumpAgain = false;
    TimePoint scheduled = TimePoint::max();
    TimePoint used;

    std::uint64_t batches = 0, requests = 0, rows = 0;
    std::uint32_t rowsLargest = 0;
    std::map<std::string, std::uint64_t> closed;
    Counter* batchesBy[5] = {};
    Counter* requestsTotal = nullptr;
    Counter* rowsTotal = nullptr;
    Gauge* sizeLimit = nullptr;
};

Lane::Options laneOptions(const Options& options)
{
    Lane::Options lane;
    lane.timeout = options.timeout;
    lane.idleDispatch = options.idleDispatch;
    lane.inFlightMax = std::max<std::uint32_t>(1, options.inFlightMax);
    lane.queueMax = options.queueMax;
    return lane;
}

SizeController::Options sizeOptions(const Options& options)
{
    SizeController::Options size;
    size.initial = options.sizeInitial;
    size.min = options.sizeMin;
    size.max = options.sizeMax;
    size.adaptive = options.adaptive;
    size.goal = options.latencyGoal;
    return size;
}

}  // namespace

class Batcher::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(Strand strandIn, Clock& clockIn, Registry& registryIn, Journal& journalIn, Options given)
        : strand(strandIn),
          clock(clockIn),
          registry(registryIn),
          journal(journalIn),
          options(given),
          batchRows(registry.histogram("millrace_batch_rows", "Rows a batch", buckets::rows())),
          batchWait(registry.histogram("millrace_batch_wait_seconds", "Wait of a member", buckets::latencySeconds())),
          batchRun(registry.histogram("millrace_batch_run_seconds", "Time of a batch at the backend",
                                      buckets::latencySeconds())),
          failed(registry.counter("millrace_batch_failed_total", "Batches that failed at the backend")),
          reordered(registry.counter("millrace_batch_reordered_total",
                                     "Answers given back out of order while order is kept")),
          inFlight(registry.gauge("millrace_batch_in_flight", "Batches at backends")),
          queue(registry.gauge("millrace_batch_queue", "Requests waiting")),
          sizeMax(registry.gauge("millrace_batch_size_max", "Largest batch the settings allow"))
    {
        sizeMax.set(options.sizeMax);
    }

    net::awaitable<StatusOr<Answer>> call(std::shared_ptr<backend::Backend> backend, std::string alone, std::string key,
                                          std::string model, Work work, std::uint32_t rowsMax, CallContext context);
    void apply(const Options& given);
    net::awaitable<void> drain();
    void abandon();
    std::vector<LaneSnapshot> snapshots() const;

    const Strand strand;
    Clock& clock;
    Registry& registry;
    Journal& journal;
    Options options;
    Ring<BatchRecord> recent{kRecentMax};

private:
    net::awaitable<StatusOr<Answer>> callAlone(std::shared_ptr<backend::Backend> backend, Work work,
                                               CallContext context);
    StatusOr<std::shared_ptr<Member>> enqueue(LaneState& lane, Work work, CallContext context);
    std::shared_ptr<LaneState> laneFor(const std::string& key, const std::string& model, const Work& work);
    bool forgetOne();
    Status refusal(LaneState& lane) const;

    void requestPump(LaneState& lane);
    void pump(LaneState& lane);
    void pumpOnce(LaneState& lane, TimePoint now);
    void launch(LaneState& lane, Lane::Departure departure, TimePoint now);
    net::awaitable<void> run(std::shared_ptr<Impl> self, std::shared_ptr<LaneState> lane, std::shared_ptr<Batch> batch,
                             Gate::Pass pass);
    net::awaitable<StatusOr<Answer>> attempt(const Batch& batch, std::vector<Work*> works);
    void returned(LaneState& lane, Batch& batch, std::optional<Duration> run);
    void finished(LaneState& lane, Batch& batch, Duration run);
    void limitRows(LaneState& lane, std::uint32_t rows, std::string note);

    void answer(LaneState& lane, const std::shared_ptr<Member>& member, StatusOr<Answer> answer);
    void release(LaneState& lane, std::uint64_t place, LaneState::Held held);
    void settle(Member& member, StatusOr<Answer> answer);
    void leave(Member& member, Status why);
    void expireRunning(LaneState& lane, TimePoint now);

    std::uint32_t limitOf(const LaneState& lane) const;
    void schedule(LaneState& lane);
    void unschedule(LaneState& lane);
    void arm();
    void woke(TimePoint when);
    void noteQueue(int change);

    Histogram& batchRows;
    Histogram& batchWait;
    Histogram& batchRun;
    Counter& failed;
    Counter& reordered;
    Gauge& inFlight;
    Gauge& queue;
    Gauge& sizeMax;

    std::unordered_map<std::string, std::shared_ptr<LaneState>> lanes_;
    std::map<std::pair<TimePoint, std::uint64_t>, LaneState*> due_;  ///< ties in the order the lanes were made
    std::uint64_t lanesMade_ = 0;
    std::shared_ptr<net::cancellation_signal> timer_;
    TimePoint armedFor_ = TimePoint::max();
    IdSource<BatchId> ids_;
    std::int64_t waiting_ = 0;
    std::int64_t running_ = 0;
    Gate gate_;
};

// ---- a request ----

net::awaitable<StatusOr<Answer>> Batcher::Impl::call(std::shared_ptr<backend::Backend> backend, std::string alone,
                                                     std::string key, std::string model, Work work,
                                                     std::uint32_t rowsMax, CallContext context)
{
    MR_ON_STRAND(strand);
    const auto self = shared_from_this();
    const auto pass = gate_.enter();
    if (!pass) co_return unavailable("the engine is draining");
    if (context.cancel.cancelled()) co_return context.cancel.status();
    std::shared_ptr<LaneState> lane;
    if (!options.enabled) {
        alone = "merging is off";
    } else if (alone.empty()) {
        lane = laneFor(key, model, work);
        if (!lane) {
            alone = "too many kinds of requests wait already";
        } else if (const auto why = lane->lane.apart(work.rows, clock.now())) {
            alone = *why;
        }
    }
    if (!alone.empty()) {
        context.trace->tell("sent alone: " + alone);
        if (lane) ++lane->apart;
        auto answer = co_await callAlone(std::move(backend), std::move(work), std::move(context));
        if (lane) --lane->apart;
        co_return answer;
    }
    lane->rowsMax = rowsMax;
    auto member = enqueue(*lane, std::move(work), std::move(context));
    if (!member.ok()) co_return member.status();
    lane->backend = std::move(backend);
    requestPump(*lane);
    lane.reset();  // it may be forgotten meanwhile
    co_return co_await (*member)->answer.wait();
}

net::awaitable<StatusOr<Answer>> Batcher::Impl::callAlone(std::shared_ptr<backend::Backend> backend, Work work,
                                                          CallContext context)
{
    const auto trace = context.trace;
    trace->phase = "running";
    const TimePoint began = clock.now();
    std::vector<Work*> one{&work};
    auto answer = co_await exchange(std::move(backend), std::move(one), std::move(context));
    trace->run = clock.now() - began - trace->connect;
    co_return answer;
}

StatusOr<std::shared_ptr<Member>> Batcher::Impl::enqueue(LaneState& lane, Work work, CallContext context)
{
    if (lane.lane.full()) return refusal(lane);
    const TimePoint now = clock.now();
    if (context.deadline <= now) return deadlineExceeded("the deadline had passed before the request could wait");
    auto member = std::make_shared<Member>();
    member->work = std::move(work);
    member->context = std::move(context);
    member->arrived = now;
    member->lane = &lane;
    member->context.trace->phase = "batching";
    Lane::Arrival arrival;
    arrival.key = reinterpret_cast<Lane::Key>(member.get());
    arrival.rows = member->work.rows;
    arrival.priority = member->context.priority;
    arrival.at = now;
    arrival.deadline = member->context.deadline;
    member->ticket = lane.lane.add(arrival);
    member->waiting = member;
    Member* raw = member.get();
    // The registration is a part of the member and ends with it; the member holds the lane through its place in it.
    member->onCancel = member->context.cancel.onCancel([this, raw] { leave(*raw, raw->context.cancel.status()); });
    lane.used = now;
    noteQueue(1);
    return member;
}

Status Batcher::Impl::refusal(LaneState& lane) const
{
    auto after = kRetryDefault;
    if (const auto drained = lane.lane.drainTime())
        after = std::max(kRetryMin, std::chrono::ceil<std::chrono::milliseconds>(*drained));
    const auto since = lane.lane.oldest();
    return withRetryAfter(
        resourceExhausted(words("%u requests wait for model %.100s, the limit of the queue; the oldest for %.3g ms",
                                lane.lane.waiting(), lane.model.c_str(), since ? toMs(clock.now() - *since) : 0.0)),
        after);
}

std::shared_ptr<LaneState> Batcher::Impl::laneFor(const std::string& key, const std::string& model, const Work& work)
{
    if (const auto found = lanes_.find(key); found != lanes_.end()) return found->second;
    if (lanes_.size() >= kLanesMax && !forgetOne()) return nullptr;
    auto lane = std::make_shared<LaneState>(laneOptions(options), sizeOptions(options));
    lane->key = key;
    lane->number = ++lanesMade_;
    lane->model = model;
    if (work.list) lane->list = work.list->kind();
    lane->signature = work.infer ? describe(*work.infer) : work.list->describe();
    lane->order.keep(options.preserveOrder);
    for (const Why why : {Why::Size, Why::Idle, Why::Timeout, Why::Deadline, Why::Flush}) {
        lane->batchesBy[static_cast<std::size_t>(why)] =
            &registry.counter(kBatches, "Batches that left", {{"model", model}, {"reason", nameOf(why)}});
    }
    lane->requestsTotal =
        &registry.counter("millrace_batch_requests_total", "Requests that left in a batch", {{"model", model}});
    lane->rowsTotal = &registry.counter("millrace_batch_rows_total", "Rows that left in a batch", {{"model", model}});
    lane->sizeLimit = &registry.gauge("millrace_batch_size_limit", "Adaptive batch size in force", {{"model", model}});
    lanes_.emplace(key, lane);
    return lane;
}

/// Makes room for one lane: forgets what was unused longest. False when all are in use.
bool Batcher::Impl::forgetOne()
{
    auto oldest = lanes_.end();
    for (auto it = lanes_.begin(); it != lanes_.end(); ++it) {
        const LaneState& lane = *it->second;
        const bool idle = lane.lane.waiting() == 0 && lane.running.empty() && !lane.pumpPosted;
        if (idle && (oldest == lanes_.end() || lane.used < oldest->second->used)) oldest = it;
    }
    if (oldest == lanes_.end()) return false;
    unschedule(*oldest->second);
    lanes_.erase(oldest);
    return true;
}

// ---- a batch ----

/// The pump runs after what is ready now has been handled, so that requests that came together leave together.
void Batcher::Impl::requestPump(LaneState& lane)
{
    if (std::exchange(lane.pumpPosted, true)) return;
    net::post(strand, [self = shared_from_this(), &lane] {
        lane.pumpPosted = false;  // a lane with a pump under way is not forgotten
        self->pump(lane);
    });
}

std::uint32_t Batcher::Impl::limitOf(const LaneState& lane) const
{
    std::uint32_t limit = std::min(lane.size.limit(), std::max<std::uint32_t>(1, options.sizeMax));
    if (lane.rowsMax > 0) limit = std::min(limit, lane.rowsMax);
    if (lane.rowsLearned > 0) limit = std::min(limit, lane.rowsLearned);
    if (lane.list) limit = std::min(limit, itemsMax(*lane.list));
    return limit;
}

void Batcher::Impl::pump(LaneState& lane)
{
    // A backend may answer before the call that asked it has returned; its pump is then this one's next round.
    lane.pumpAgain = true;
    if (std::exchange(lane.pumping, true)) return;
    while (std::exchange(lane.pumpAgain, false)) pumpOnce(lane, clock.now());
    lane.pumping = false;
    if (lane.lane.waiting() == 0 && lane.running.empty()) lane.backend.reset();
    schedule(lane);
}

void Batcher::Impl::pumpOnce(LaneState& lane, TimePoint now)
{
    for (const Lane::Key key : lane.lane.expire(now)) {
        auto member = std::move(reinterpret_cast<Member*>(key)->waiting);
        noteQueue(-1);
        settle(*member, deadlineExceeded(
                            words("waited %.3g ms for its batch, until the deadline", toMs(now - member->arrived))));
    }
    lane.lane.setLimit(limitOf(lane));
    while (auto departure = lane.lane.next(now)) launch(lane, *std::move(departure), now);
}

void Batcher::Impl::launch(LaneState& lane, Lane::Departure departure, TimePoint now)
{
    auto batch = std::make_shared<Batch>();
    batch->id = ids_.next();
    batch->backend = lane.backend;
    batch->rows = departure.rows;
    batch->limit = departure.limit;
    batch->why = departure.why;
    batch->whyText = std::move(departure.words);
    batch->left = now;
    batch->oldest = departure.oldest;
    batch->members.reserve(departure.members.size());
    TimePoint latest = TimePoint::min();
    int priority = -Lane::kPriorityMax;
    const auto count = static_cast<std::uint32_t>(departure.members.size());
    const std::string sentence =
        words("left in a batch of %u rows (%u requests): %.150s", departure.rows, count, batch->whyText.c_str());
    for (const Lane::Key key : departure.members) {
        auto member = std::move(reinterpret_cast<Member*>(key)->waiting);
        member->batch = batch.get();
        member->place = lane.order.leave();
        batch->nearest = std::min(batch->nearest, member->context.deadline);
        latest = std::max(latest, member->context.deadline);
        priority = std::max(priority, member->context.priority);
        Trace& trace = *member->context.trace;
        trace.batching = now - member->arrived;
        trace.batchRows = departure.rows;
        trace.batch = batch->id;
        trace.phase = "running";
        trace.tell(sentence);
        batchWait.observe(toMs(trace.batching) / 1000);
        batch->members.push_back(std::move(member));
    }
    batch->alive = batch->members.size();
    const CallContext& first = batch->members.front()->context;
    batch->context.id = first.id;
    batch->context.client = count == 1 ? first.client : words("batch of %u requests", count);
    if (count == 1) batch->context.trace = first.trace;
    batch->context.priority = priority;
    batch->context.deadline = latest;
    batch->context.cancel = batch->cancel.token();

    ++lane.batches;
    lane.requests += count;
    lane.rows += departure.rows;
    lane.rowsLargest = std::max(lane.rowsLargest, departure.rows);
    ++lane.closed[nameOf(departure.why)];
    lane.batchesBy[static_cast<std::size_t>(departure.why)]->add();
    lane.requestsTotal->add(count);
    lane.rowsTotal->add(departure.rows);
    lane.sizeLimit->set(departure.limit);
    batchRows.observe(departure.rows);
    inFlight.set(static_cast<double>(++running_));
    noteQueue(-static_cast<int>(count));
    lane.running.push_back(batch);

    net::co_spawn(strand, run(shared_from_this(), lane.shared_from_this(), std::move(batch), gate_.enter()),
                  [](std::exception_ptr error) {
                      // Everything that may throw is caught around the backend's call.
                      MR_CHECK_MSG(!error, "a batch ended with an exception");
                  });
}

/// The call itself. An adapter that throws has failed; it must not take the members of the batch along.
net::awaitable<StatusOr<Answer>> Batcher::Impl::attempt(const Batch& batch, std::vector<Work*> works)
{
    CallContext context = batch.context;
    std::string problem;
    try {
        co_return co_await exchange(batch.backend, std::move(works), std::move(context));
    } catch (const std::exception& error) {
        problem = error.what();
    }
    co_return internal("the backend's adapter failed: " + problem);
}

/// Sends the batch; when it is refused for a member's fault, in halves, so that the others get their answers.
net::awaitable<void> Batcher::Impl::run(std::shared_ptr<Impl> /*alive*/, std::shared_ptr<LaneState> lane,
                                        std::shared_ptr<Batch> batch, Gate::Pass /*counted*/)
{
    struct Range {
        std::size_t from;
        std::size_t to;
    };
    std::vector<Range> ranges{{0, batch->members.size()}};
    std::uint32_t refusedRows = 0;   // smallest part that was refused although its members are fine, as it seems
    std::uint32_t acceptedRows = 0;  // largest part that was taken after that
    bool faults = false;
    Status refused;
    Duration runTotal{};
    while (!ranges.empty()) {
        const Range range = ranges.back();
        ranges.pop_back();
        std::vector<std::shared_ptr<Member>> part;
        std::vector<Work*> works;
        std::uint32_t rows = 0;
        for (std::size_t i = range.from; i < range.to; ++i) {
            const auto& member = batch->members[i];
            if (member->settled) continue;
            part.push_back(member);
            works.push_back(&member->work);
            rows += member->work.rows;
        }
        if (part.empty()) continue;
        const bool first = !batch->returned && refused.ok();
        const TimePoint began = clock.now();
        auto reply = co_await attempt(*batch, works);
        const Duration took = clock.now() - began;
        runTotal += took;
        for (const auto& member : part) {
            Trace& trace = *member->context.trace;
            const Trace& shared = *batch->context.trace;
            trace.connect = shared.connect;
            trace.connectionReused = shared.connectionReused;
            trace.run += std::max(Duration::zero(), took - shared.connect);
            if (&trace == &shared) continue;
            for (const std::string& sentence : shared.story) trace.tell(sentence);
        }
        if (batch->members.size() > 1) batch->context.trace->story.clear();

        const auto one = [&] { return part.size() == 1; };
        const auto ways = [&](std::size_t pieces) {
            // The first piece is sent next: the list is taken from its end.
            const std::size_t length = (range.to - range.from + pieces - 1) / pieces;
            std::vector<Range> cut;
            for (std::size_t from = range.from; from < range.to; from += length)
                cut.push_back({from, std::min(range.to, from + length)});
            ranges.insert(ranges.end(), cut.rbegin(), cut.rend());
        };
        if (reply.ok()) {
            if (const Status apart = divides(*reply, works); !apart.ok()) {
                limitRows(*lane, 1, "one by one: " + text(apart));
                ways(range.to - range.from);
                continue;
            }
            // Tensors are known to divide: the backend gets its next batch before this one is handed out.
            if (first && !lane->list) returned(*lane, *batch, took);
            auto parts = divide(*std::move(reply), works);
            if (!parts.ok() && !one() && lane->list) {
                limitRows(*lane, 1, "one by one: " + text(parts.status()));
                ways(range.to - range.from);
                continue;
            }
            if (first && lane->list) returned(*lane, *batch, took);
            if (!refused.ok()) acceptedRows = std::max(acceptedRows, rows);
            for (std::size_t i = 0; i < part.size(); ++i) {
                if (!parts.ok()) {
                    answer(*lane, part[i], internal(text(parts.status())));
                } else {
                    if (!refused.ok())
                        part[i]->context.trace->tell("sent again apart, because the batch was refused: " +
                                                     text(refused));
                    answer(*lane, part[i], std::move((*parts)[i]));
                }
            }
        } else if (absl::IsInvalidArgument(reply.status()) && !one()) {
            refused = reply.status();
            refusedRows = refusedRows == 0 ? rows : std::min(refusedRows, rows);
            ways(2);
        } else {
            faults = true;
            const bool own = absl::IsInvalidArgument(reply.status());
            if (own && batch->members.size() > 1)
                part.front()->context.trace->tell("refused on its own account, found by sending the batch in parts");
            for (const auto& member : part) answer(*lane, member, reply.status());
            if (own) continue;
            batch->failure = reply.status();
            for (const auto& member : batch->members) {
                if (!member->answered && !member->settled) answer(*lane, member, reply.status());
            }
            ranges.clear();
        }
    }
    // Refused together, taken apart, nobody at fault: the backend does not take so many rows at once.
    if (!refused.ok() && !faults && acceptedRows > 0 && acceptedRows < refusedRows) {
        limitRows(*lane, acceptedRows,
                  words("%u rows at most: the backend refused %u (%.120s)", acceptedRows, refusedRows,
                        text(refused).c_str()));
    }
    finished(*lane, *batch, runTotal);
}

/// The backend can take the next batch. `run`: when it says what a run of so many rows costs.
void Batcher::Impl::returned(LaneState& lane, Batch& batch, std::optional<Duration> run)
{
    if (std::exchange(batch.returned, true)) return;
    const TimePoint now = clock.now();
    if (lane.apart > 0) run.reset();  // it shared the backend with requests that no lane holds back
    lane.lane.returned(now, batch.rows, run);
    if (run) {
        SizeController::Batch sample;
        sample.rows = batch.rows;
        sample.filled = batch.why == Why::Size;
        sample.run = *run;
        Duration latency{};
        for (const auto& member : batch.members) latency += now - member->arrived;
        sample.latency = latency / static_cast<Duration::rep>(batch.members.size());
        lane.size.add(sample, lane.lane.cost().fit());
    }
    pump(lane);
}

void Batcher::Impl::finished(LaneState& lane, Batch& batch, Duration run)
{
    std::erase_if(lane.running, [&](const auto& running) { return running.get() == &batch; });
    for (const auto& member : batch.members) member->batch = nullptr;
    inFlight.set(static_cast<double>(--running_));
    lane.used = clock.now();
    batchRun.observe(toMs(run) / 1000);
    BatchRecord record;
    record.id = batch.id;
    record.model = lane.model;
    record.left = batch.left;
    record.requests = static_cast<std::uint32_t>(batch.members.size());
    record.rows = batch.rows;
    record.sizeLimit = batch.limit;
    record.why = nameOf(batch.why);
    record.whyText = std::move(batch.whyText);
    record.wait = batch.left - batch.oldest;
    record.run = run;
    record.failed = !batch.failure.ok() && !absl::IsCancelled(batch.failure);
    if (record.failed) failed.add();
    recent.push(std::move(record));
    if (batch.returned) {
        if (lane.lane.waiting() == 0 && lane.running.empty()) lane.backend.reset();
        schedule(lane);
    } else {
        returned(lane, batch, std::nullopt);
    }
}

void Batcher::Impl::limitRows(LaneState& lane, std::uint32_t rows, std::string note)
{
    if (lane.rowsLearned != 0 && lane.rowsLearned <= rows) return;
    lane.rowsLearned = rows;
    lane.note = std::move(note);
    lane.lane.setLimit(limitOf(lane));
    journal.note(Severity::Notice, "batch_limit", lane.model, lane.note);
}

// ---- answers ----

void Batcher::Impl::answer(LaneState& lane, const std::shared_ptr<Member>& member, StatusOr<Answer> answer)
{
    if (member->settled || std::exchange(member->answered, true)) return;
    lane.order.answer(member->place, LaneState::Held{member, std::move(answer)},
                      [&](std::uint64_t place, LaneState::Held held) { release(lane, place, std::move(held)); });
}

void Batcher::Impl::release(LaneState& lane, std::uint64_t place, LaneState::Held held)
{
    if (held.member->settled) return;
    if (options.preserveOrder && place < lane.released) reordered.add();
    lane.released = place + 1;
    settle(*held.member, std::move(held.answer));
}

void Batcher::Impl::settle(Member& member, StatusOr<Answer> answer)
{
    if (std::exchange(member.settled, true)) return;
    if (member.batch) --member.batch->alive;
    member.answer.set(std::move(answer));
}

/// The member does not wait any more: its client left, or its deadline passed.
void Batcher::Impl::leave(Member& member, Status why)
{
    if (member.settled) return;
    if (auto kept = std::move(member.waiting)) {
        member.lane->lane.remove(member.ticket);
        noteQueue(-1);
        settle(*kept, std::move(why));
        return;
    }
    LaneState& lane = *member.lane;
    Batch* const batch = member.batch;
    settle(member, std::move(why));
    if (!member.answered) {
        lane.order.skip(member.place,
                        [&](std::uint64_t place, LaneState::Held held) { release(lane, place, std::move(held)); });
    }
    if (batch && batch->alive == 0) batch->cancel.cancel("every member of the batch left");
}

void Batcher::Impl::expireRunning(LaneState& lane, TimePoint now)
{
    const auto running = lane.running;
    for (const auto& batch : running) {
        if (batch->nearest > now) continue;
        batch->nearest = TimePoint::max();
        const auto members = batch->members;
        for (const auto& member : members) {
            if (member->settled || member->answered) continue;
            if (member->context.deadline > now) {
                batch->nearest = std::min(batch->nearest, member->context.deadline);
            } else {
                leave(*member, deadlineExceeded(words("its batch had been at the backend for %.3g ms at the deadline",
                                                      toMs(now - batch->left))));
            }
        }
    }
}

// ---- time ----

void Batcher::Impl::schedule(LaneState& lane)
{
    TimePoint wake = lane.lane.wakeAt().value_or(TimePoint::max());
    for (const auto& batch : lane.running) wake = std::min(wake, batch->nearest);
    // Waking too early is cheaper than moving the timer at every request.
    if (wake >= lane.scheduled) return;
    unschedule(lane);
    lane.scheduled = wake;
    due_.emplace(std::pair(wake, lane.number), &lane);
    arm();
}

void Batcher::Impl::unschedule(LaneState& lane)
{
    if (lane.scheduled == TimePoint::max()) return;
    due_.erase({lane.scheduled, lane.number});
    lane.scheduled = TimePoint::max();
}

void Batcher::Impl::arm()
{
    if (due_.empty() || due_.begin()->first.first >= armedFor_) return;
    const TimePoint when = due_.begin()->first.first;
    armedFor_ = when;
    if (timer_) timer_->emit(net::cancellation_type::terminal);
    auto timer = std::make_shared<net::cancellation_signal>();
    timer_ = timer;
    net::co_spawn(strand, clock.sleepUntil(when),
                  net::bind_cancellation_slot(timer->slot(), [weak = weak_from_this(), timer](std::exception_ptr) {
                      // Cancelled or not: only the timer that was armed last matters.
                      const auto self = weak.lock();
                      if (self && self->timer_ == timer) self->woke(self->clock.now());
                  }));
}

void Batcher::Impl::woke(TimePoint now)
{
    timer_.reset();
    armedFor_ = TimePoint::max();
    while (!due_.empty() && due_.begin()->first.first <= now) {
        LaneState& lane = *due_.begin()->second;
        unschedule(lane);
        expireRunning(lane, now);
        pump(lane);
    }
    arm();
}

void Batcher::Impl::noteQueue(int change)
{
    waiting_ += change;
    queue.set(static_cast<double>(waiting_));
}

// ---- the whole ----

void Batcher::Impl::apply(const Options& given)
{
    const bool orderBegins = given.preserveOrder && !options.preserveOrder;
    options = given;
    sizeMax.set(options.sizeMax);
    for (const auto& [key, lane] : lanes_) {
        if (orderBegins) lane->released = 0;  // what went out of order before was meant to
        lane->lane.apply(laneOptions(options));
        lane->size.apply(sizeOptions(options));
        lane->order.keep(options.preserveOrder);
        lane->rowsLearned = 0;
        lane->note.clear();
        if (!options.enabled) lane->lane.flush();
        requestPump(*lane);
    }
}

net::awaitable<void> Batcher::Impl::drain()
{
    const auto self = shared_from_this();
    for (const auto& [key, lane] : lanes_) {
        lane->lane.flush();
        requestPump(*lane);
    }
    gate_.close();
    co_await gate_.emptied();
}

void Batcher::Impl::abandon()
{
    for (const auto& [key, lane] : lanes_) {
        for (const Lane::Key waiter : lane->lane.clear()) {
            auto member = std::move(reinterpret_cast<Member*>(waiter)->waiting);
            settle(*member, unavailable("the batcher has stopped"));
        }
    }
    noteQueue(-static_cast<int>(waiting_));
    due_.clear();
    if (timer_) timer_->emit(net::cancellation_type::terminal);
    timer_.reset();
}

std::vector<LaneSnapshot> Batcher::Impl::snapshots() const
{
    const TimePoint now = clock.now();
    std::vector<LaneSnapshot> out;
    out.reserve(lanes_.size());
    for (const auto& [key, lane] : lanes_) {
        LaneSnapshot& snapshot = out.emplace_back();
        snapshot.model = lane->model;
        snapshot.signature = lane->signature;
        snapshot.waiting = lane->lane.waiting();
        snapshot.waitingRows = lane->lane.waitingRows();
        if (const auto oldest = lane->lane.oldest()) snapshot.oldest = now - *oldest;
        snapshot.inFlight = lane->lane.inFlight();
        snapshot.sizeLimit = limitOf(*lane);
        snapshot.waitLimit = lane->lane.waitLimit();
        if (const auto& fit = lane->lane.cost().fit()) {
            snapshot.costBaseMs = fit->baseMs;
            snapshot.costPerRowMs = fit->perRowMs;
        }
        snapshot.batches = lane->batches;
        snapshot.requests = lane->requests;
        snapshot.rows = lane->rows;
        snapshot.rowsLargest = lane->rowsLargest;
        snapshot.closed = lane->closed;
        snapshot.limitWhy = lane->size.why();
        if (lane->rowsMax > 0 && snapshot.sizeLimit == lane->rowsMax && lane->rowsMax < lane->size.limit())
            snapshot.limitWhy = words("the model takes %u rows at most", lane->rowsMax);
        snapshot.note = lane->note;
        if (snapshot.note.empty() && lane->lane.partsLarge(now)) snapshot.note = "large requests go alone";
    }
    std::sort(out.begin(), out.end(), [](const LaneSnapshot& a, const LaneSnapshot& b) {
        return std::tie(a.model, a.signature) < std::tie(b.model, b.signature);
    });
    return out;
}

// ---- the face ----

Batcher::Batcher(Strand strand, Clock& clock, Registry& registry, Journal& journal, Options options)
    : impl_(std::make_shared<Impl>(strand, clock, registry, journal, options))
{}

Batcher::~Batcher()
{
    impl_->abandon();
}

void Batcher::apply(Options options)
{
    impl_->apply(options);
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> Batcher::infer(
    std::shared_ptr<backend::Backend> backend, std::unique_ptr<inference::ModelInferRequest> request,
    std::uint32_t rowsMax, CallContext context)
{
    const auto impl = impl_;
    Mergeable found = mergeable(*request);
    std::string model = request->model_name();
    std::string key = "t\n" + backend->name() + "\n" + model + "\n" + found.signature;
    Work work;
    work.rows = found.rows;
    work.infer = std::move(request);
    auto answer = co_await impl->call(std::move(backend), std::move(found.alone), std::move(key), std::move(model),
                                      std::move(work), rowsMax, std::move(context));
    if (!answer.ok()) co_return answer.status();
    co_return std::move(answer->infer);
}

bool Batcher::mergesCompletions() const
{
    return impl_->options.enabled && impl_->options.completions;
}

net::awaitable<StatusOr<std::string>> Batcher::list(std::shared_ptr<backend::Backend> backend, std::string model,
                                                    ListKind kind, std::string body, std::uint32_t rowsMax,
                                                    CallContext context)
{
    const auto impl = impl_;
    auto request = ListRequest::parse(std::move(body), kind);
    if (!request.ok()) co_return request.status();
    std::string key =
        (kind == ListKind::Embeddings ? "e\n" : "c\n") + backend->name() + "\n" + model + "\n" + request->signature();
    std::string alone = request->alone();
    Work work;
    work.rows = request->rows();
    work.list = *std::move(request);
    auto answer = co_await impl->call(std::move(backend), std::move(alone), std::move(key), std::move(model),
                                      std::move(work), rowsMax, std::move(context));
    if (!answer.ok()) co_return answer.status();
    co_return std::move(answer->json);
}

net::awaitable<void> Batcher::drain()
{
    return impl_->drain();
}

std::vector<LaneSnapshot> Batcher::lanes() const
{
    return impl_->snapshots();
}

const Ring<BatchRecord>& Batcher::recent() const
{
    return impl_->recent;
}

}  // namespace millrace::batch
