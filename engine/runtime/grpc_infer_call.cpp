// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/grpc_infer_call.h"

#include "http/grpc_framed.h"
#include "runtime/grpc_server.h"
#include "runtime/infer.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::runtime {

namespace {

using http::GrpcCall;
using http::GrpcHandler;
using http::GrpcMessage;
using http::GrpcStatus;

/// Their elements are looked at one by one.
bool hasTexts(const inference::ModelInferRequest& request)
{
    return std::any_of(request.inputs().begin(), request.inputs().end(),
                       [](const auto& input) { return input.datatype() == "BYTES"; });
}

/// Processes a call's requests one after the other, from message to answer.
///
/// Thread: the loop. Work on other threads is a Job, which returns to this object; the service keeps it alive until
///         then.
class InferCall : public GrpcHandler, public std::enable_shared_from_this<InferCall> {
public:
    InferCall(GrpcService& service, std::shared_ptr<GrpcCall> call) : service_(service), call_(std::move(call)) {}
    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override;
    void onCancel() override
    {
        if (job_) job_->disconnected = true;
    }

protected:
    struct Job {
        std::optional<http::GrpcMessageReader::Message> message;  // until it is parsed
        inference::ModelInferRequest request;
        inference::ModelStreamInferResponse answer;
        std::vector<SharedBytes> contents;  // tensor data of the answer
        Status status;
        http::GrpcFramed framed;  // the answer
        std::atomic<bool> disconnected{false};
    };
    /// Serialises the answer, on a worker or the loop.
    virtual void write(Job& job) const = 0;
    virtual void answered(Job& job) = 0;

    GrpcService& service_;
    const std::shared_ptr<GrpcCall> call_;

private:
    void start(const std::shared_ptr<Job>& job);
    void ended(Job& job);

    std::shared_ptr<Job> job_;
    http::BodyBytes held_;
};

void InferCall::onMessage(GrpcMessage message)
{
    Status status = std::move(message.problem);
    if (status.ok() && service_.stopping()) status = stoppingStatus();
    if (!status.ok()) return call_->finish(onWire(status));
    held_ = std::move(message.held);
    job_ = std::make_shared<Job>();
    service_.keep(shared_from_this());
    const auto job = job_;
    if (message.message.bytes().size() <= GrpcServer::kParsedHere) {
        job->status = parse(job->request, message.message);
        if (!job->status.ok() || message.size <= GrpcServer::kParsedHere || !hasTexts(job->request)) return start(job);
    } else {
        job->message = std::move(message.message);
        job->message->keep();
    }
    const Status queued = service_.workers().submit([this, job] {
        if (job->message) job->status = parse(job->request, *job->message);
        job->message.reset();
        start(job);
    });
    if (queued.ok()) return;
    job->status = queued;
    start(job);
}

/// On the loop, or on a worker that has parsed the request.
void InferCall::start(const std::shared_ptr<Job>& job)
{
    auto done = [this, job](const Status& status) {
        job->status = status;
        write(*job);
        const Strand& strand = service_.strand;
        if (strand.running_in_this_thread()) return ended(*job);
        net::post(strand, [this, job] { ended(*job); });
    };
    if (!job->status.ok()) return done(job->status);
    infer(
        service_.repository(), service_.workers(), job->request, *job->answer.mutable_infer_response(), job->contents,
        [job] { return job->disconnected.load(); }, std::move(done));
}

void InferCall::ended(Job& job)
{
    const auto self = service_.drop(this);
    job_.reset();
    held_.release();
    answered(job);
}

class UnaryInfer final : public InferCall {
public:
    using InferCall::InferCall;
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }

private:
    void write(Job& job) const override
    {
        if (job.status.ok())
            job.framed = http::frameTensors(job.answer.infer_response(), http::kRawOutputContents, job.contents);
    }
    void answered(Job& job) override
    {
        if (job.status.ok())
            call_->finish(job.framed, {});
        else
            call_->finish(onWire(job.status));
    }
};

/// One client's stream of requests, answered one after another.
class InferStream final : public InferCall {
public:
    using InferCall::InferCall;
    void onReadsDone() override { call_->finish(GrpcStatus{}); }
    void onWritten(bool ok) override
    {
        if (ok) call_->read();
    }

private:
    void write(Job& job) const override
    {
        if (!job.status.ok()) {
            // The stream continues; like Triton, with the request's id in an otherwise empty response.
            job.answer.Clear();
            job.answer.set_error_message(text(job.status));
            job.answer.mutable_infer_response()->set_id(job.request.id());
        }
        job.framed = job.status.ok() ? http::frameTensors(job.answer.infer_response(), http::kRawOutputContents,
                                                          job.contents, http::kInferResponse)
                                     : http::frameMessage(job.answer);
    }
    void answered(Job& job) override { call_->write(job.framed); }
};

}  // namespace

std::shared_ptr<GrpcHandler> makeInferCall(GrpcService& service, std::shared_ptr<GrpcCall> call)
{
    return std::make_shared<UnaryInfer>(service, std::move(call));
}

std::shared_ptr<GrpcHandler> makeInferStream(GrpcService& service, std::shared_ptr<GrpcCall> call)
{
    return std::make_shared<InferStream>(service, std::move(call));
}

}  // namespace millrace::runtime
