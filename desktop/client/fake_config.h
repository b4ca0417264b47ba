// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "control.pb.h"
#include "control/config_plan.h"

#include <map>
#include <string>

namespace millrace::desktop {

/// The engine's side of settings for the fake one. What is accepted, and the words of a refusal, come from the engine's
/// own library.
class FakeConfig {
public:
    FakeConfig();

    control::Schema schema() const;
    control::ConfigState state() const;
    control::Revisions revisions() const;
    control::ApplyConfigReply apply(const control::ApplyConfigRequest& request, std::int64_t nowMs);
    control::ApplyConfigReply rollback(std::uint64_t revision, std::int64_t nowMs);
    /// A server on a usual port of 127.0.0.1 answers; nothing else does.
    static control::TestBackendReply test(const config::v1::Backend& backend);
    void advance(std::int64_t nowMs);  ///< the figures of a minute afterwards come in
    /// The evaluation of a guarded revision has ended. True: it was reverted, and another one is active.
    bool conclude(const control::GuardedApply& guard, std::int64_t nowMs);
    std::uint64_t revision() const { return revision_; }
    /// For the demo: how the revision in force came about, and what it changed.
    void seedHistory(std::int64_t nowMs);

private:
    control::ApplyConfigReply take(const millrace::control::ConfigPlan& plan,
                                   const control::ApplyConfigRequest& request, std::int64_t nowMs);
    control::ApplyConfigReply restore(const config::v1::Config& config, control::Author author,
                                      const std::string& comment, std::int64_t nowMs);

    millrace::control::ConfigPlanner planner_{{}};
    config::v1::Config config_;
    std::uint64_t revision_ = 3;
    std::map<std::uint64_t, config::v1::Config> kept_;
    control::Revisions revisions_;
};

}  // namespace millrace::desktop
