// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>

namespace millrace::http {

/// Whether the client of a request that is being answered is still there, as its connection shows it. Pure.
///
/// The end of a client's bytes may mean no more than that. A client that has said that this is its last request may
/// close its half and wait for the answer; any other has left, because a closed socket looks the same.
class ClientPresence {
public:
    enum class Watch {
        Events,  ///< nobody looks: the end of its bytes is its leaving
        Ticks,   ///< look() is called some times a second; what is quick is still answered
    };
    /// What a look has to do about it.
    enum class Look {
        First,  ///< the request is no quick one: whatever is done for those
        Nothing,
        Ask,  ///< the kernel: a reset that came together with the request is only reported when asked for
        Left,
    };

    /// A request begins to be answered.
    void begin(Watch watch, bool lastRequest)
    {
        watch_ = watch;
        lastRequest_ = lastRequest;
        ended_ = looked_ = asked_ = false;
    }
    Watch watch() const { return watch_; }
    /// No more bytes will come. True: it has left.
    bool end()
    {
        ended_ = watch_ == Watch::Ticks && (lastRequest_ || !looked_);
        return !ended_;
    }
    Look look()
    {
        if (!std::exchange(looked_, true)) return Look::First;
        if (ended_ && !lastRequest_) return Look::Left;
        if (ended_ || !std::exchange(asked_, true)) return Look::Ask;
        return Look::Nothing;
    }

private:
    Watch watch_ = Watch::Events;
    bool lastRequest_ = false;
    bool ended_ = false;   // its bytes, and it may still wait for its answer
    bool looked_ = false;  // at least once
    bool asked_ = false;   // the kernel
};

}  // namespace millrace::http
