// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QtGlobal>

namespace millrace::desktop {

/// Whether requests wait while no backend sends anything. Requests that wait for their client, or for a model that is
/// being loaded, do not count. A backend that only computes is silent, too: that is reported, not rated.
class SilenceWatch {
public:
    static constexpr qint64 kToldMs = 10'000;
    void add(qint64 timeMs, const control::Frame& frame);
    void clear() { *this = {}; }
    int waiting() const { return waiting_; }
    qint64 silentMs() const { return waiting_ > 0 ? latestMs_ - sinceMs_ : 0; }

private:
    int waiting_ = 0;
    quint64 ended_ = 0;
    quint64 bytes_ = 0;
    qint64 sinceMs_ = 0;
    qint64 latestMs_ = 0;
};

}  // namespace millrace::desktop
