// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>

namespace millrace::http {

/// Decides, from what a connection shows, whether the client of a request that is being answered is still connected.
///
/// The end of the stream alone is ambiguous: a half-close and a full close look the same. A client that announced its
/// last request (Connection: close) may half-close and wait for the answer; any other is taken to have disconnected.
///
///     presence.begin(ClientPresence::Watch::Events, !head.keepAlive);
///     if (presence.end()) lost("client disconnected");         // at the end of the stream
///
/// Pure. Thread: one. Not here: cancelling the request (CancelSource).
class ClientPresence {
public:
    enum class Watch {
        Events,  ///< look() is not called: the end of the stream is a disconnect
        Ticks,   ///< look() is called several times a second; quick requests are still answered after it
    };
    /// What the caller of look() has to do.
    enum class Look {
        First,  ///< the first look: the request is not a quick one
        Nothing,
        Ask,   ///< poll the socket for a reset: the stream has ended, and no event is waited for
        Left,  ///< the client disconnected
    };

    /// A request starts being answered. `lastRequest`: the client announced that none follows.
    void begin(Watch watch, bool lastRequest)
    {
        watch_ = watch;
        lastRequest_ = lastRequest;
        ended_ = looked_ = false;
    }
    /// The end of the stream was read. True: the client disconnected.
    bool end()
    {
        ended_ = watch_ == Watch::Ticks && (lastRequest_ || !looked_);
        return !ended_;
    }
    Look look()
    {
        if (!std::exchange(looked_, true)) return Look::First;
        if (!ended_) return Look::Nothing;
        return lastRequest_ ? Look::Ask : Look::Left;
    }

private:
    Watch watch_ = Watch::Events;
    bool lastRequest_ = false;
    bool ended_ = false;   // the stream ended, and the client may still wait for its answer
    bool looked_ = false;  // at least once
};

}  // namespace millrace::http
