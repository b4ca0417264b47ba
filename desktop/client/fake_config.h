// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "control.pb.h"

#include <map>
#include <string>

namespace millrace::desktop {

/// The engine's side of settings for the fake one: the schema and its ranges read from config.proto's own words.
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
    /// A guarded revision was judged. True: it was taken back, and another one is active.
    bool conclude(const control::GuardedApply& guard, std::int64_t nowMs);
    std::uint64_t revision() const { return revision_; }
    /// For the demo: how the revision in force came about, and what it changed.
    void seedHistory(std::int64_t nowMs);

private:
    control::ApplyConfigReply take(const config::v1::Config& wanted, const std::string& author,
                                   const std::string& comment, bool dryRun, bool guarded, std::int64_t nowMs);

    config::v1::Config config_;
    std::uint64_t revision_ = 3;
    std::map<std::uint64_t, config::v1::Config> kept_;
    control::Revisions revisions_;
};

}  // namespace millrace::desktop
