// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "http/closing_turn.h"

#include <cstddef>
#include <string>
#include <vector>

namespace millrace::http {

class Http1Connection;

/// The connections of one server of HTTP/1.1, and the timer of what they wait for.
///
/// Owner:  a server, which its connections keep.    Thread: the strand.
/// Bound:  whoever accepts looks at size() first.
/// Stop:   stop() takes no further request, abort() ends what there is.
class Http1Connections {
public:
    /// No two looks at all deadlines are nearer to each other: what is due then is late by up to this.
    static constexpr Duration kExpireEvery = 25ms;

    /// `open`: shows how many there are.
    Http1Connections(Strand strand, Clock& clock, Gauge* open = nullptr);
    Http1Connections(const Http1Connections&) = delete;
    Http1Connections& operator=(const Http1Connections&) = delete;

    std::size_t size() const { return all_.size(); }
    bool stopping() const { return stopping_; }
    void stop();
    void abort(const std::string& why);
    /// Bodies that have not arrived then do not arrive in time, whatever they were promised.
    void limitBodies(TimePoint until);
    TimePoint bodiesUntil() const { return bodiesUntil_; }

private:
    friend class Http1Connection;
    void enter(Http1Connection& connection);
    void leave(const Http1Connection& connection);
    void show();
    void expire();

    // fixed after construction
    const Strand strand_;
    Clock& clock_;
    Gauge* const open_;

    // strand only
    std::vector<Http1Connection*> all_;
    ClosingTurn turn_;
    TimePoint bodiesUntil_ = TimePoint::max();
    bool stopping_ = false;
    DeadlineTimer deadlines_;  // last: ends first
};

}  // namespace millrace::http
