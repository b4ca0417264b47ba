// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/waiters.h"

namespace millrace::pool {

Waiters::Wait::Wait(Waiters& all, WaiterId id, const CancelToken& cancel) : all_(all), id_(id)
{
    all_.waits_.emplace(id_, this);
    registration_ = cancel.onCancel([this] {
        if (!all_.owner_.cancelWaiter(id_)) return;
        cancelled_ = true;
        signal_.wakeLater(all_.strand_);
    });
}

bool Waiters::grant(WaiterId id, Granted granted)
{
    const auto found = waits_.find(id);
    if (found == waits_.end()) return false;
    found->second->granted_ = granted;
    found->second->signal_.wakeLater(strand_);
    return true;
}

void Waiters::refuse(WaiterId id, Refusal refusal)
{
    const auto found = waits_.find(id);
    if (found == waits_.end()) return;
    found->second->refused_ = refusal;
    found->second->signal_.wakeLater(strand_);
}

}  // namespace millrace::pool
