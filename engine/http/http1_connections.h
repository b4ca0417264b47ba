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

/// The set of a server's HTTP/1.1 connections, with one timer for all their deadlines.
///
/// Owner:  a server, which its connections keep alive.    Thread: the strand.
/// Bound:  none: the server checks size() before it accepts.
/// Stop:   stop() lets requests in flight finish and closes idle connections; abort() ends all.
class Http1Connections {
public:
    /// Shortest interval between two scans of all deadlines; an expiry is late by at most this.
    static constexpr Duration kExpireEvery = 25ms;

    /// `open`: a gauge that follows size(); null: none.
    Http1Connections(Strand strand, Clock& clock, Gauge* open = nullptr);
    Http1Connections(const Http1Connections&) = delete;
    Http1Connections& operator=(const Http1Connections&) = delete;

    std::size_t size() const { return all_.size(); }
    bool stopping() const { return stopping_; }
    void stop();
    void abort(const std::string& why);
    /// Caps the deadlines of all bodies: for a drain.
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
