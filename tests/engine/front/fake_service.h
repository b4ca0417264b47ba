// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/one_shot.h"
#include "front/front.h"
#include "http/field_policy.h"
#include "inference.pb.h"
#include "serve/serve.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::testing {

/// Keeps the thread that reads and writes what is large beside the loop: `hooks.metrics`, once asked for, ends when
/// told.
class HeldMetrics {
public:
    explicit HeldMetrics(front::Hooks& hooks)
    {
        hooks.metrics = [this, gate = end_.get_future().share()] {
            reached_ = true;
            gate.wait();
            return std::string("millrace_up 1\n");
        };
    }
    bool reached() const { return reached_; }
    void end() { end_.set_value(); }

private:
    std::promise<void> end_;
    std::atomic<bool> reached_ = false;
};

/// What became of a call.
struct CallNote {
    serve::CallInfo info;
    std::string model;
    std::string cancelledWhy;  ///< empty: not cancelled
    bool firstByte = false;
    bool complete = false;  ///< all of the answer was there while the client read
    bool finished = false;
    int httpStatus = 0;
    Status status;
    std::uint64_t bytesOut = 0;
};

class FakeCall final : public serve::Call {
public:
    FakeCall(std::shared_ptr<CallNote> note, std::uint64_t id) : note_(std::move(note))
    {
        context_.id = RequestId{id};
        context_.client = note_->info.client;
        context_.cancel = source_.token();
    }
    const CallContext& context() const override { return context_; }
    void setModel(const std::string& model) override { note_->model = model; }
    void cancel(const std::string& reason) override
    {
        note_->cancelledWhy = reason;
        source_.cancel(reason);
    }
    void received() override { context_.trace->enter(Phase::Processing, TimePoint{} + 1h); }
    void firstByte() override
    {
        received();
        note_->firstByte = true;
        context_.trace->enter(Phase::Streaming, TimePoint{} + 1h + 2ms);  // it takes 2 ms, always
    }
    void answerComplete() override
    {
        note_->complete = true;
        context_.trace->enter(Phase::ClientReads, TimePoint{} + 1h + 2ms);
    }
    void finish(int httpStatus, const Status& status, std::uint64_t bytesOut) override
    {
        note_->finished = true;
        note_->httpStatus = httpStatus;
        note_->status = status;
        note_->bytesOut = bytesOut;
    }

private:
    std::shared_ptr<CallNote> note_;
    CallContext context_;
    CancelSource source_;
};

/// An answer's body in pieces, each given when it is asked for; the last may be an error.
class FakeStream final : public stream::Stream {
public:
    std::vector<std::string> pieces;
    std::string encoding;
    std::optional<std::uint64_t> length;
    Status ending;
    std::function<net::awaitable<void>(std::size_t)> before;  ///< awaited before piece i
    bool passes = false;                                      ///< it is an event stream, whatever its label

    bool passesEvents() const override { return passes; }
    const std::string& contentEncoding() const override { return encoding; }
    std::optional<std::uint64_t> contentLength() const override { return length; }
    net::awaitable<Status> run(stream::Sink& sink) override
    {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (before) co_await before(i);
            Status status = co_await sink.write(pieces[i]);
            if (!status.ok()) co_return status;
        }
        co_return ending;
    }
    std::optional<Status> runNow(stream::Sink& sink) override
    {
        if (before || pieces.size() != 1 || !ending.ok()) return std::nullopt;
        return sink.writeNow(pieces.front());
    }
};

/// A service in memory: answers at once, or when the test lets go, or with what the test put there.
/// Thread: the strand.
class FakeService final : public serve::Service {
public:
    using InferAnswer = StatusOr<std::unique_ptr<inference::ModelInferResponse>>;
    using OpenAiAnswer = StatusOr<serve::OpenAiAnswer>;

    std::vector<std::shared_ptr<CallNote>> calls;
    std::vector<std::weak_ptr<serve::Call>> handles;  ///< of the calls
    std::vector<serve::ModelEntry> catalogue;
    std::map<std::string, serve::ModelStatistics> statistics;
    std::optional<Duration> left;  ///< eta
    bool isReady = true;
    /// Calls wait for release(); one that is cancelled meanwhile ends with its status.
    bool holding = false;
    std::function<InferAnswer(const inference::ModelInferRequest&)> onInfer;
    std::function<OpenAiAnswer(const serve::OpenAiCall&)> onOpenAi;
    std::vector<serve::OpenAiCall> asked;
    std::vector<inference::ModelInferRequest> inferred;

    std::shared_ptr<serve::Call> open(serve::CallInfo info) override
    {
        auto note = std::make_shared<CallNote>();
        note->info = std::move(info);
        calls.push_back(note);
        auto call = std::make_shared<FakeCall>(note, calls.size());
        handles.push_back(call);
        return call;
    }

    net::awaitable<InferAnswer> infer(std::shared_ptr<serve::Call> call,
                                      std::unique_ptr<inference::ModelInferRequest> request) override
    {
        call->setModel(request->model_name());
        if (Status status = co_await passGate(call); !status.ok()) co_return status;
        inferred.push_back(*request);
        if (onInfer) co_return onInfer(*request);
        co_return echo(*request);
    }

    net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::shared_ptr<serve::Call> call, std::string model, std::string) override
    {
        call->setModel(model);
        if (Status status = co_await passGate(call); !status.ok()) co_return status;
        if (!has(model)) co_return notFound("there is no model '" + model + "'");
        auto metadata = std::make_unique<inference::ModelMetadataResponse>();
        metadata->set_name(model);
        metadata->set_platform("fake");
        metadata->add_versions("1");
        auto* input = metadata->add_inputs();
        input->set_name("x");
        input->set_datatype("FP32");
        input->add_shape(-1);
        input->add_shape(4);
        co_return metadata;
    }

    net::awaitable<OpenAiAnswer> openAi(std::shared_ptr<serve::Call> call, serve::OpenAiCall&& request) override
    {
        call->setModel(request.model);
        if (Status status = co_await passGate(call); !status.ok()) co_return status;
        // Which fields pass is the service's to decide, both ways: as the gateway does.
        request.request.fields = http::forBackend(std::move(request.request.fields));
        auto answer = onOpenAi ? onOpenAi(request) : OpenAiAnswer(whole(R"({"ok":true})"));
        asked.push_back(std::move(request));
        if (answer.ok()) answer->fields = http::forClient(std::move(answer->fields));
        co_return answer;
    }

    std::vector<serve::ModelEntry> models() const override { return catalogue; }
    bool modelReady(const std::string& model) const override
    {
        for (const auto& entry : catalogue)
            if (entry.name == model && entry.state == load::ModelState::Warm) return true;
        return false;
    }
    Status known(const std::string& model, const std::string& version) const override
    {
        if (Status status = Service::known(model, {}); !status.ok() || version.empty() || version == "1") return status;
        return withField(notFound("model '" + model + "' has version 1, not '" + version + "'"), "version");
    }
    bool ready() const override { return isReady; }
    std::optional<Duration> eta(const std::string&) const override { return left; }
    serve::ModelStatistics modelStatistics(const std::string& model) const override
    {
        const auto found = statistics.find(model);
        return found == statistics.end() ? serve::ModelStatistics() : found->second;
    }

    void offer(const std::string& name, load::ModelState state = load::ModelState::Warm)
    {
        serve::ModelEntry entry;
        entry.name = name;
        entry.backend = "fake";
        entry.state = state;
        entry.info.name = name;
        catalogue.push_back(std::move(entry));
    }
    CallNote& last() { return *calls.back(); }
    void release()
    {
        holding = false;
        for (const auto& waiting : std::exchange(held_, {})) waiting.set(true);
    }

    /// The inputs as outputs.
    static InferAnswer echo(const inference::ModelInferRequest& request)
    {
        auto response = std::make_unique<inference::ModelInferResponse>();
        response->set_model_name(request.model_name());
        response->set_id(request.id());
        for (int i = 0; i < request.inputs_size(); ++i) {
            auto* output = response->add_outputs();
            output->set_name(request.inputs(i).name());
            output->set_datatype(request.inputs(i).datatype());
            *output->mutable_shape() = request.inputs(i).shape();
            response->add_raw_output_contents(request.raw_input_contents(i));
        }
        return response;
    }
    static serve::OpenAiAnswer whole(const std::string& body, unsigned status = 200,
                                     const std::string& type = "application/json")
    {
        auto stream = std::make_unique<FakeStream>();
        stream->pieces = {body};
        stream->length = body.size();
        serve::OpenAiAnswer answer;
        answer.status = status;
        answer.fields = {{"Content-Type", type}};
        answer.stream = std::move(stream);
        return answer;
    }
    static serve::OpenAiAnswer events(std::vector<std::string> pieces, Status ending = {})
    {
        auto stream = std::make_unique<FakeStream>();
        stream->pieces = std::move(pieces);
        stream->passes = true;
        stream->ending = std::move(ending);
        serve::OpenAiAnswer answer;
        answer.fields = {{"Content-Type", "text/event-stream"}};
        answer.stream = std::move(stream);
        return answer;
    }
    /// The same; piece `held` waits for `gate`.
    static serve::OpenAiAnswer heldEvents(std::vector<std::string> pieces, std::size_t held, OneShot<bool> gate)
    {
        auto answer = events(std::move(pieces));
        static_cast<FakeStream&>(*answer.stream).before = [held, gate](std::size_t i) {
            return [](OneShot<bool> wanted, bool waits) -> net::awaitable<void> {
                if (waits) co_await wanted.wait();
            }(gate, i == held);
        };
        return answer;
    }

private:
    bool has(const std::string& model) const
    {
        for (const auto& entry : catalogue)
            if (entry.name == model) return true;
        return false;
    }
    net::awaitable<Status> passGate(std::shared_ptr<serve::Call> call)
    {
        call->context().trace->enter(Phase::Queued, TimePoint::min());  // its clock does not run
        if (!holding) co_return absl::OkStatus();
        const OneShot<bool> opened;
        held_.push_back(opened);
        const auto registration = call->context().cancel.onCancel([opened] { opened.set(false); });
        co_await opened.wait();
        co_return call->context().cancel.status();
    }

    std::vector<OneShot<bool>> held_;
};

}  // namespace millrace::testing
