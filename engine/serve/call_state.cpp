// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/call_state.h"

#include "base/text.h"
#include "serve/model_name.h"
#include "serve/open_calls.h"

#include <utility>

namespace millrace::serve {

namespace {

/// The one door: mostly it is clean, and shared with the requests before it.
SharedText washedName(const SharedText& name)
{
    if (isWashed(name.str(), kNameBytesMax)) return name;
    return washed(name.str(), kNameBytesMax);
}

}  // namespace

CallState::CallState(std::shared_ptr<OpenCalls> calls, CallInfo infoIn, Duration limit)
    : calls_(std::move(calls)), info_(std::move(infoIn)), pass(calls_->gate_.enter())
{
    RequestRecord& begun = *record_;
    begun.id = calls_->ids_.next();
    begun.arrived = admitted = calls_->clock_.now();
    begun.client = washedName(info_.client);
    begun.route = info_.route;
    begun.own = info_.own;
    calls_->log_.began(begun);
    calls_->open_.push_back(*this);

    if (info_.timeout && *info_.timeout < limit) limit = *info_.timeout;
    ctx.id = begun.id;
    ctx.client = begun.client;
    ctx.priority = info_.priority;
    ctx.deadline = begun.arrived + limit;
    ctx.silenceMax = limit;
    ctx.cancel = source_.token();
    // Field by field: each of its pointers would be copied once for nothing.
    working_.id = ctx.id;
    working_.client = ctx.client;
    working_.priority = ctx.priority;
    working_.deadline = ctx.deadline;
    working_.silenceMax = ctx.silenceMax;
    working_.cancel = work.token();
    ctx.trace->enter(Phase::Receiving, begun.arrived);
}

CallState::~CallState()
{
    if (done_) return;
    cancel("the client disconnected");
    end(499, millrace::cancelled("the client disconnected"), 0);
}

void CallState::setModel(const std::string& name)
{
    record_->model = washed(name, kNameBytesMax);
}

std::string CallState::program() const
{
    if (!info_.program.empty()) return info_.program;
    const std::string& client = info_.client;
    return client.substr(0, client.find(" · "));
}

void CallState::received()
{
    if (ctx.trace->phase() == Phase::Receiving) ctx.trace->enter(Phase::Processing, calls_->clock_.now());
}

void CallState::firstByte()
{
    if (record_->firstByte) return;
    const TimePoint now = calls_->clock_.now();
    record_->firstByte = now - record_->arrived;
    if (!ctx.trace->answering()) ctx.trace->enter(Phase::Streaming, now);
}

void CallState::answerComplete()
{
    ctx.trace->enter(Phase::ClientReads, calls_->clock_.now());
}

RequestRecord CallState::recordAt(TimePoint now) const
{
    RequestRecord out = *record_;
    out.total = now - out.arrived;
    out.trace = record_->trace.at(now);
    return out;
}

void CallState::end(int httpStatus, const Status& status, std::uint64_t bytesOut)
{
    done_ = true;
    const auto now = calls_->clock_.now();
    record_->total = now - record_->arrived;
    record_->trace.close(now);
    // Who ended it first is why it ended; what the others found then came of that.
    if (ctx.cancel.cancelled()) record_->reason = washed(text(ctx.cancel.status()), kSentenceBytesMax);
    // Names that nobody has are of no model, and those who left or were refused say nothing of it.
    if (infers && httpStatus != 404 && httpStatus != 429 && httpStatus != 499)
        calls_->statistics_.add(record_->model, status.ok() && httpStatus < 400, record_->latency(), record_->trace,
                                now);
    calls_->log_.ended(record_, httpStatus, status, bytesOut);
    calls_->open_.erase(calls_->open_.iterator_to(*this));
    calls_->admission_.release(permit);
    pass = {};
    calls_->poll_.ended(now, calls_->open_.size());
}

}  // namespace millrace::serve
