// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_words.h"

namespace millrace::load {

const char* name(Cause cause)
{
    switch (cause) {
        case Cause::Demand:
            return "demand";
        case Cause::Preload:
            return "preload";
        case Cause::Manual:
            return "manual";
        case Cause::Pin:
            return "pin";
    }
    return "";
}

const char* name(LoadOutcome outcome)
{
    switch (outcome) {
        case LoadOutcome::Queued:
            return "queued";
        case LoadOutcome::Loading:
            return "loading";
        case LoadOutcome::Ok:
            return "ok";
        case LoadOutcome::Failed:
            return "failed";
        case LoadOutcome::Timeout:
            return "timeout";
        case LoadOutcome::Cancelled:
            return "cancelled";
    }
    return "";
}

const char* name(Verdict verdict)
{
    switch (verdict) {
        case Verdict::Hit:
            return "hit";
        case Verdict::Late:
            return "late";
        case Verdict::Wasted:
            return "wasted";
    }
    return "";
}

const char* name(UnloadReason reason)
{
    switch (reason) {
        case UnloadReason::Evicted:
            return "evicted";
        case UnloadReason::Preload:
            return "preload";
        case UnloadReason::Ttl:
            return "ttl";
        case UnloadReason::Manual:
            return "manual";
        case UnloadReason::Backend:
            return "backend";
        case UnloadReason::Failed:
            return "failed";
        case UnloadReason::Timeout:
            return "timeout";
        case UnloadReason::Cancelled:
            return "cancelled";
    }
    return "";
}

UnloadReason reasonAfter(LoadOutcome outcome)
{
    switch (outcome) {
        case LoadOutcome::Timeout:
            return UnloadReason::Timeout;
        case LoadOutcome::Cancelled:
            return UnloadReason::Cancelled;
        case LoadOutcome::Queued:
        case LoadOutcome::Loading:
        case LoadOutcome::Ok:
        case LoadOutcome::Failed:
            break;
    }
    return UnloadReason::Failed;
}

}  // namespace millrace::load
