// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_exchange.h"

#include "base/format.h"
#include "base/free_buffer.h"
#include "pool/request_text.h"

#include <algorithm>

namespace millrace::pool {

bool HttpExchange::take(HttpRequest&& request, TimePoint now, TimePoint deadline, const CancelToken& cancel, bool work)
{
    request_ = std::move(request);
    work_ = work;
    deadline_ = deadline;
    silentFrom_ = now;
    if (!isClean(request_)) {
        unsent_ = true;
        fail(invalidArgument("the request's method, target or fields contain characters that HTTP does not allow"));
        return false;
    }
    cancel_ = cancel;
    cancelled_ = cancel.onCancel([this] { fail(cancel_.status()); });
    return failure_.ok();
}

void HttpExchange::arrived()
{
    if (request_.silenceMax && bodyBytes_ > 0) {
        flowing_ = true;
        deadline_ = TimePoint::max();
    }
    if (!headReady_ || !failure_.ok() || response_.status >= 500) return;
    answered_ = true;
    const TimePoint now = clock_.now();
    if (exchangeOwner_) exchangeOwner_->heardFrom(id_, now, work_, now - silentFrom_);
    silentFrom_ = now;
}

void HttpExchange::awaitMore()
{
    silentSince_ = clock_.now();
    deadline_ =
        *request_.silenceMax < TimePoint::max() - silentSince_ ? silentSince_ + *request_.silenceMax : TimePoint::max();
    if (exchangeOwner_) exchangeOwner_->dueAt(deadline_);
}

void HttpExchange::expireExchange(TimePoint now)
{
    if (now < deadline_) return;
    deadline_ = TimePoint::max();
    if (done_) return;
    if (flowing_)
        fail(deadlineExceeded(peer_ + " sent nothing for " + formatMs(now - silentSince_) + " after " +
                              std::to_string(bodyBytes_) + " bytes of its response"));
    else
        fail(deadlineExceeded(peer_ + (headReady_ ? " did not complete its response before the deadline"
                                                  : " did not respond before the deadline")));
}

std::string HttpExchange::closedEarly() const
{
    const std::string why = peer_ + " closed the connection ";
    if (!sawBytes_) return why + "before responding";
    if (!headReady_) return why + "within the headers of its response";
    return why + "after " + std::to_string(bodyBytes_) + " bytes of its response";
}

void HttpExchange::takeHead(HttpResponse& response)
{
    response.status = response_.status;
    response.fields = std::move(response_.fields);
    response.connection = id_;
    response_.fields.clear();
}

std::string HttpExchange::takePiece()
{
    std::string taken = std::move(piece_);
    piece_.clear();
    if (!done_ && failure_.ok()) resume();  // the next piece arrives while this one is used
    return taken;
}

void HttpExchange::fail(Status why)
{
    if (!failure_.ok()) return;
    failure_ = std::move(why);
    abortAll();
    signal_.wakeLater(strand_);
}

void HttpExchange::resetExchange()
{
    cancelled_ = {};
    cancel_ = {};
    deadline_ = TimePoint::max();
    freeBuffer(request_.body);
    piece_.clear();
    response_.fields.clear();
    bodyBytes_ = 0;
    sentAll_ = unsent_ = false;
    headReady_ = done_ = sawBytes_ = flowing_ = false;
}

}  // namespace millrace::pool
