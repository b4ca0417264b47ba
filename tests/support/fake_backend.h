// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/clock.h"
#include "base/one_shot.h"
#include "inference.pb.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace::testing {

/// A small inference server in memory: it takes time, holds models, refuses, fails and stalls as told.
///
/// Time is a Clock's: with a ManualClock a run of n rows ends exactly base + perRow · n after it began.
/// Every call is noted in `calls`, in the order it came. Thread: one. Must outlive its calls.
class FakeBackend : public backend::Backend {
public:
    using InferAnswer = StatusOr<std::unique_ptr<inference::ModelInferResponse>>;

    struct Call {
        std::string what;   ///< infer, http, load, unload, list, metadata
        std::string model;  ///< or the HTTP target
        std::uint32_t rows = 0;
        TimePoint began;
        TimePoint ended;      ///< min(): still in flight
        std::string outcome;  ///< a status code's name; empty: still in flight
        std::shared_ptr<const inference::ModelInferRequest> request;
        std::string body;         ///< of HTTP
        pool::HttpFields fields;  ///< of HTTP
        CallContext context;
    };
    struct HttpAnswer {
        unsigned status = 200;
        std::string body;
        pool::HttpFields fields;
    };

    explicit FakeBackend(Clock& clock, std::string name = "fake") : clock_(clock), name_(std::move(name)) {}

    // What it is like. Change it whenever wanted; calls that began keep what they began with.
    backend::Capabilities can{.loads = true, .tensors = true, .openai = true, .footprints = true};
    std::map<std::string, backend::ModelInfo> models;  ///< what listModels() says; loads set `loaded`
    Duration base{};                                   ///< a of a + b · rows
    Duration perRow{};                                 ///< b
    std::uint32_t instances = 0;                       ///< runs at the same time, the others queue; 0: any number
    Duration loadTime = 0ms;
    std::map<std::string, Duration> loadTimes;   ///< of single models, before loadTime
    bool up = true;                              ///< false: unavailable, and calls fail at once
    bool stalled = false;                        ///< calls that begin now wait until resume()
    std::deque<Status> failures;                 ///< the next calls end with these (after their time); OK: succeeds
    std::map<std::string, Status> loadFailures;  ///< loads of these models fail, each time
    /// Looks at a whole run before it succeeds; a status that is not OK refuses it (a poisoned row, too many rows).
    std::function<Status(const inference::ModelInferRequest&)> judge;
    /// Makes the answer of a run; without it outputs are the inputs.
    std::function<InferAnswer(const inference::ModelInferRequest&)> answer;
    /// Makes the answer of an HTTP exchange; without it 404. HTTP takes base + perRow · httpRows(request).
    std::function<HttpAnswer(const pool::HttpRequest&)> onHttp;
    std::function<std::uint32_t(const pool::HttpRequest&)> httpRows;

    // What happened.
    std::vector<Call> calls;
    std::vector<std::string> expedited;  ///< models whose load in flight was expedited
    std::uint32_t running = 0;
    std::uint32_t runningMax = 0;

    std::vector<Call> callsOf(const std::string& what) const
    {
        std::vector<Call> found;
        std::copy_if(calls.begin(), calls.end(), std::back_inserter(found),
                     [&](const Call& call) { return call.what == what; });
        return found;
    }
    /// Lets the calls that stalled go on.
    void resume()
    {
        stalled = false;
        for (const auto& waiter : std::exchange(stalls_, {})) waiter.set(absl::OkStatus());
    }

    const std::string& name() const override { return name_; }
    backend::BackendKind kind() const override { return backend::BackendKind::OpenAi; }
    backend::Capabilities capabilities() const override { return can; }
    bool available(std::string* why = nullptr) const override
    {
        if (!up && why) *why = name_ + " is down";
        return up;
    }
    void start() override {}
    net::awaitable<void> stop() override { co_return; }
    std::uint32_t outstanding() const override { return running; }

    net::awaitable<StatusOr<std::vector<backend::ModelInfo>>> listModels(CallContext context) override
    {
        const std::size_t call = begin("list", "", 0, context);
        Status status = co_await spend(0ms, context);
        end(call, status);
        if (!status.ok()) co_return status;
        std::vector<backend::ModelInfo> listed;
        for (const auto& model : models) listed.push_back(model.second);
        co_return listed;
    }

    net::awaitable<StatusOr<std::uint64_t>> loadModel(std::string model, CallContext context) override
    {
        const std::size_t call = begin("load", model, 0, context);
        const auto own = loadTimes.find(model);
        Status status = co_await spend(own == loadTimes.end() ? loadTime : own->second, context);
        if (const auto failure = loadFailures.find(model); status.ok() && failure != loadFailures.end())
            status = failure->second;
        end(call, status);
        if (!status.ok()) co_return status;
        backend::ModelInfo& info = models[model];
        info.name = model;
        info.loaded = true;
        co_return info.bytes;
    }

    void expediteLoad(const std::string& model) override { expedited.push_back(model); }
    net::awaitable<Status> unloadModel(std::string model, CallContext context) override
    {
        const std::size_t call = begin("unload", model, 0, context);
        Status status = co_await spend(0ms, context);
        end(call, status);
        if (status.ok()) models[model].loaded = false;
        co_return status;
    }

    net::awaitable<InferAnswer> infer(std::shared_ptr<const inference::ModelInferRequest> request,
                                      CallContext context) override
    {
        std::uint32_t rows = 1;
        if (request->inputs_size() > 0 && request->inputs(0).shape_size() > 0)
            rows = static_cast<std::uint32_t>(request->inputs(0).shape(0));
        const std::size_t call = begin("infer", request->model_name(), rows, context);
        calls[call].request = request;
        Status status = co_await run(rows, context);
        if (status.ok() && judge) status = judge(*request);
        end(call, status);
        if (!status.ok()) co_return status;
        if (answer) co_return answer(*request);
        co_return echo(*request);
    }

    net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::string model, CallContext context) override
    {
        const std::size_t call = begin("metadata", model, 0, context);
        Status status = co_await spend(0ms, context);
        if (status.ok() && !models.contains(model)) status = notFound("no model \"" + model + "\"");
        end(call, status);
        if (!status.ok()) co_return status;
        auto metadata = std::make_unique<inference::ModelMetadataResponse>();
        metadata->set_name(model);
        metadata->set_platform(models[model].platform);
        co_return metadata;
    }

    net::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest&& request, const CallContext& context) override
    {
        const std::uint32_t rows = httpRows ? httpRows(request) : 1;
        const std::size_t call = begin("http", request.target, rows, context);
        calls[call].body = request.body;
        calls[call].fields = request.fields;
        Status status = co_await run(rows, context);
        end(call, status);
        if (!status.ok()) co_return status;
        HttpAnswer made;
        if (onHttp) {
            made = onHttp(request);
        } else {
            made.status = 404;
        }
        pool::HttpResponse response;
        response.status = made.status;
        response.fields = std::move(made.fields);
        response.body = std::make_unique<Body>(std::move(made.body));
        co_return response;
    }

    /// Outputs that are the inputs: what a batcher must cut exactly where it glued.
    static std::unique_ptr<inference::ModelInferResponse> echo(const inference::ModelInferRequest& request)
    {
        auto response = std::make_unique<inference::ModelInferResponse>();
        response->set_model_name(request.model_name());
        response->set_id(request.id());
        for (const auto& input : request.inputs()) {
            auto* output = response->add_outputs();
            output->set_name(input.name());
            output->set_datatype(input.datatype());
            *output->mutable_shape() = input.shape();
        }
        *response->mutable_raw_output_contents() = request.raw_input_contents();
        return response;
    }

private:
    class Body final : public pool::HttpBody {
    public:
        explicit Body(std::string bytes) : bytes_(std::move(bytes)) {}
        net::awaitable<StatusOr<std::string>> read() override
        {
            constexpr std::size_t kPiece = 64 * 1024;
            const std::size_t length = std::min(kPiece, bytes_.size() - at_);
            std::string piece = bytes_.substr(at_, length);
            at_ += length;
            co_return piece;
        }

    private:
        std::string bytes_;
        std::size_t at_ = 0;
    };

    std::size_t begin(const char* what, const std::string& subject, std::uint32_t rows, const CallContext& context)
    {
        ++running;
        runningMax = std::max(runningMax, running);
        Call call;
        call.what = what;
        call.model = subject;
        call.rows = rows;
        call.began = clock_.now();
        call.context = context;
        calls.push_back(std::move(call));
        return calls.size() - 1;
    }

    void end(std::size_t call, const Status& status)
    {
        --running;
        calls[call].ended = clock_.now();
        calls[call].outcome = codeName(status);
    }

    /// A run of `rows`, behind those that occupy the instances.
    net::awaitable<Status> run(std::uint32_t rows, CallContext context)
    {
        const Duration cost = base + perRow * rows;
        TimePoint from = clock_.now();
        if (instances > 0) {
            busyUntil_.resize(instances, TimePoint::min());
            auto& free = *std::min_element(busyUntil_.begin(), busyUntil_.end());
            from = std::max(from, free);
            free = from + cost;
        }
        co_return co_await spend(from + cost - clock_.now(), std::move(context));
    }

    /// Takes `span`, then what was ordered: a failure, a stall. Cancelling or the deadline ends it early.
    net::awaitable<Status> spend(Duration span, CallContext context)
    {
        if (!up) co_return unavailable(name_ + " is down");
        const auto executor = co_await net::this_coro::executor;
        Status planned = absl::OkStatus();
        if (!failures.empty()) {
            planned = failures.front();
            failures.pop_front();
        }
        const OneShot<Status> done;
        const auto left = context.cancel.onCancel([done, token = context.cancel] { done.set(token.status()); });
        if (stalled) {
            stalls_.push_back(done);
            if (context.deadline != TimePoint::max())
                wakeAt(executor, context.deadline, done, deadlineExceeded("stalled"));
        } else if (clock_.now() + span > context.deadline) {
            wakeAt(executor, context.deadline, done, deadlineExceeded("the run was not done by its deadline"));
        } else if (span > Duration::zero()) {
            wakeAt(executor, clock_.now() + span, done, absl::OkStatus());
        } else {
            done.set(absl::OkStatus());
        }
        Status status = co_await done.wait();
        co_return status.ok() ? planned : status;
    }

    void wakeAt(const net::any_io_executor& executor, TimePoint when, const OneShot<Status>& done, Status status)
    {
        net::co_spawn(executor, sleep(clock_, when, done, std::move(status)), net::detached);
    }

    static net::awaitable<void> sleep(Clock& clock, TimePoint when, OneShot<Status> done, Status status)
    {
        co_await clock.sleepUntil(when);
        done.set(std::move(status));
    }

    Clock& clock_;
    std::string name_;
    std::vector<OneShot<Status>> stalls_;
    std::vector<TimePoint> busyUntil_;
};

}  // namespace millrace::testing
