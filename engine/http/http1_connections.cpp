// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http1_connections.h"

#include "http/http1_connection.h"

#include <algorithm>

namespace millrace::http {

Http1Connections::Http1Connections(Strand strand, Clock& clock, Gauge* open)
    : strand_(strand), clock_(clock), open_(open), turn_(strand), deadlines_(strand, clock, [this] { expire(); })
{}

void Http1Connections::enter(Http1Connection& connection)
{
    connection.place_ = all_.size();
    all_.push_back(&connection);
    show();
}

void Http1Connections::leave(const Http1Connection& connection)
{
    const std::size_t place = connection.place_;
    all_.back()->place_ = place;
    all_[place] = all_.back();
    all_.pop_back();
    show();
}

void Http1Connections::show()
{
    if (open_) open_->set(static_cast<double>(all_.size()));
}

// The calls below resume a connection's coroutine through the loop, so the list does not change during the iteration.

void Http1Connections::expire()
{
    const TimePoint now = clock_.now();
    TimePoint next = TimePoint::max();
    for (Http1Connection* connection : all_) next = std::min(next, connection->expire(now));
    if (next < TimePoint::max()) deadlines_.at(std::max(next, now + kExpireEvery));
}

void Http1Connections::stop()
{
    stopping_ = true;
    for (Http1Connection* connection : all_) connection->endIfIdle();
}

void Http1Connections::abort(const std::string& why)
{
    stopping_ = true;
    for (Http1Connection* connection : all_) connection->abort(why);
}

void Http1Connections::limitBodies(TimePoint until)
{
    bodiesUntil_ = until;
    for (Http1Connection* connection : all_) connection->limitBody();
}

}  // namespace millrace::http
