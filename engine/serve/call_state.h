// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/cancel.h"
#include "base/gate.h"
#include "serve/admission.h"
#include "serve/interest.h"
#include "serve/request_log.h"
#include "serve/serve.h"

#include <boost/intrusive/list_hook.hpp>

#include <memory>
#include <string>

namespace millrace::serve {

class OpenCalls;

/// Links a call into the list of open ones.
struct OpenPlace : boost::intrusive::list_base_hook<> {};

/// A call of the gateway: its record, its contexts and its cancellation. It is in the list of open calls until
/// finish(), or until its destruction, which means that its client has disconnected.
///
/// Owner: the front that opened it, shared with everything that works for it.   Thread: the strand.
class CallState final : public Call, public std::enable_shared_from_this<CallState>, public OpenPlace {
public:
    /// `limit`: the longest time to the first byte; a shorter time-out of the client applies instead.
    CallState(std::shared_ptr<OpenCalls> calls, CallInfo info, Duration limit);
    ~CallState() override;

    const CallContext& context() const override { return ctx; }
    void setModel(const std::string& name) override;
    void cancel(const std::string& reason) override
    {
        source_.cancel(reason);
        work.cancel(reason);
    }
    void received() override;
    void firstByte() override;
    void answerComplete() override;
    void finish(int httpStatus, const Status& status, std::uint64_t bytesOut) override
    {
        if (!done_) end(httpStatus, status, bytesOut);
    }

    /// Ends the work; the client still gets the reason.
    void cutOff(const std::string& reason) { work.cancel(reason); }
    Interest interest() const
    {
        Interest out;
        out.client = ctx.cancel;
        out.work = work.token();
        return out;
    }
    /// The context of everything that works for this call.
    const CallContext& working() const { return working_; }
    RequestRecord& record() { return *record_; }
    /// Clients take turns in the queue by it.
    std::string program() const;
    /// As far as it is.
    RequestRecord recordAt(TimePoint now) const;

private:
    struct Cancels {
        CancelState source, work;
    };
    void end(int httpStatus, const Status& status, std::uint64_t bytesOut);

    const std::shared_ptr<OpenCalls> calls_;
    const CallInfo info_;
    const std::shared_ptr<RequestRecord> record_ = std::make_shared<RequestRecord>();
    const std::shared_ptr<Cancels> cancels_ = std::make_shared<Cancels>();
    const CancelSource source_{{cancels_, &cancels_->source}};  // the client's interest
    CallContext working_{.trace = {record_, &record_->trace}};  // ctx, but cancelled when the work ends
    bool done_ = false;

public:
    const CancelSource work{{cancels_, &cancels_->work}};  ///< what is done for it: ends with the client's interest, or
                                                           ///< when the engine stops
    CallContext ctx{.trace = {record_, &record_->trace}};  ///< cancelled when the client lost interest
    TimePoint admitted;
    Gate::Pass pass;      ///< empty: the engine was stopping when it came
    bool infers = false;  ///< not only asks about a model
    Admission::Permit permit;
};

}  // namespace millrace::serve
