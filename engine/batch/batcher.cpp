// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batcher.h"

#include "batch/batch_scheduler.h"
#include "batch/merge.h"
#include "http/field_policy.h"
#include "inference.pb.h"

#include <utility>

namespace millrace::batch {

Batcher::Batcher(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options)
    : scheduler_(std::make_shared<BatchScheduler>(strand, clock, registry, eventLog, options))
{}

Batcher::~Batcher()
{
    scheduler_->abandon();
}

void Batcher::apply(Options options)
{
    scheduler_->apply(options);
}

void Batcher::forget(const std::string& backend)
{
    scheduler_->forget(backend);
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> Batcher::infer(
    std::shared_ptr<backend::Backend> backend, std::unique_ptr<inference::ModelInferRequest> request,
    std::uint32_t rowsMax, CallContext context)
{
    const auto scheduler = scheduler_;
    Mergeable found = mergeable(*request);
    std::string model = request->model_name();
    std::string key;
    key.reserve(backend->name().size() + model.size() + found.signature.size() + 4);
    key.append("t\n").append(backend->name()).append("\n").append(model).append("\n").append(found.signature);
    Work work;
    work.rows = found.rows;
    for (const std::string& raw : request->raw_input_contents()) work.bytes += raw.size();
    work.infer = std::move(request);
    auto answer = co_await scheduler->call(std::move(backend), std::move(found.alone), std::move(key), model,
                                           std::move(work), rowsMax, std::move(context));
    if (!answer.ok()) co_return answer.status();
    co_return std::move(answer->infer);
}

bool Batcher::mergesCompletions() const
{
    return scheduler_->options().enabled && scheduler_->options().completions;
}

net::awaitable<StatusOr<ListAnswer>> Batcher::list(std::shared_ptr<backend::Backend> backend, std::string model,
                                                   ListKind kind, pool::HttpRequest request, std::uint32_t rowsMax,
                                                   CallContext context)
{
    const auto scheduler = scheduler_;
    auto list = ListRequest::parse(std::move(request.body), kind);
    if (!list.ok()) co_return list.status();
    std::string key = (kind == ListKind::Embeddings ? "e\n" : "c\n") + backend->name() + "\n" + model + "\n" +
                      request.target + "\n" + http::mergeKey(request.fields) + "\n" + list->signature();
    std::string alone = list->alone();
    Work work;
    work.rows = list->rows();
    work.bytes = list->body().size();
    work.list = std::make_unique<ListWork>(ListWork{*std::move(list), std::move(request)});
    auto answer = co_await scheduler->call(std::move(backend), std::move(alone), std::move(key), model, std::move(work),
                                           rowsMax, std::move(context));
    if (!answer.ok()) co_return answer.status();
    co_return std::move(*answer->list);
}

net::awaitable<void> Batcher::drain()
{
    return scheduler_->drain();
}

std::vector<LaneSnapshot> Batcher::lanes() const
{
    return scheduler_->lanes();
}

const Ring<BatchRecord>& Batcher::recent() const
{
    return scheduler_->recent();
}

}  // namespace millrace::batch
