// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/file_health.h"
#include "base/on_strand.h"
#include "control.pb.h"
#include "control/config_plan.h"
#include "control/configuration.h"
#include "control/revision_impact.h"
#include "control/revisions.h"
#include "control/state_folder.h"
#include "control/work_thread.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::control {

/// The configuration in force, its revisions, and how it changes.
///
/// In force is what was applied last, overridden by the environment and by flags, which are never stored. A
/// configuration file that has changed since it was last read takes precedence over what was applied, once, as a new
/// revision (author FILE).
///
///     auto store = ConfigStore::open(strand, clock, eventLog, options);
///     store->onChange([](const auto& before, const auto& after, auto revision) { … });
///     store->apply(request, [](StatusOr<v1::ApplyConfigReply> reply) { … });
///
/// Owner:  Engine.   Thread: the strand for all methods, open() before it runs; disk access has a dedicated thread.
/// Bound:  kWaitingMax changes queued behind the one being written; RevisionFile::kRevisionsMax revisions.
/// Errors: an invalid configuration changes nothing; one that cannot be stored is not put in force. A state folder that
///         cannot be written, or is damaged, is reported as an event, not by open(): what can be read is in force.
/// Stop:   the destructor completes the write in progress; pending replies get Unavailable.
class ConfigStore {
public:
    struct Options {
        std::string stateDir;                     ///< created if missing, mode 0700; one engine at a time
        config::Config file;                      ///< from readFile(); empty: no file
        std::vector<config::Override> overrides;  ///< fromEnvironment(), then fromFlag(): later ones take precedence
        std::string filePath = {};                ///< for messages
        bool fileMissing = false;                 ///< the file does not exist: values of an earlier one stay in force
        FileHealth* health = nullptr;             ///< of millrace.db; may be null
        /// The content of revision 1 if there is neither a file nor an earlier revision. Stored like an applied
        /// setting, and ignored by later starts.
        std::vector<config::Override> firstStart = {};
        /// Receives messages for the operator while open() waits for a stopping engine; may be empty.
        std::function<void(const std::string&)> notify = {};
    };
    static constexpr std::size_t kWaitingMax = 64;

    /// Logs config_applied, and for guarded changes config_kept, config_reverted, config_not_reverted or
    /// config_not_judged. May wait for another engine that is stopping.
    static StatusOr<std::unique_ptr<ConfigStore>> open(Strand strand, const Clock& clock, EventLog& eventLog,
                                                       Options options);
    ~ConfigStore();

    /// The engine is stopping, and drains until `drained`: an engine that starts meanwhile waits for it.
    void noteStopping(TimePoint drained)
    {
        (void)disk_->post([this, drained] { folder_->noteStopping(drained); });
    }

    /// The effective configuration in force. The reference is valid until the next change.
    const config::Config& current() const { return current_; }
    std::uint64_t revision() const { return revisions_.back().revision.revision(); }

    v1::ConfigState state() const;
    v1::ValidateConfigReply validate(const config::Config& wanted) const;
    /// The guarded revision under evaluation, or the latest one since the start; revision 0: none.
    const v1::GuardedApply& guard() const { return guard_; }
    /// Newest first; 0: all.
    v1::Revisions list(std::uint32_t most) const;

    using Done = std::function<void(StatusOr<v1::ApplyConfigReply>)>;
    /// The reply's `applied` is true only if a new revision was created: not if unchanged, for dry runs, problems,
    /// conflicts.
    void apply(v1::ApplyConfigRequest request, Done done);
    /// Creates a new revision with the configuration of an old one. NotFound: not kept any more.
    void rollback(const v1::RollbackRequest& request, Done done);

    /// Called on the strand after another configuration is in force, before the reply.
    using Listener =
        std::function<void(const config::Config& before, const config::Config& after, std::uint64_t revision)>;
    void onChange(Listener listener) { listener_ = std::move(listener); }
    /// A check of valid configurations against the environment (ConfigPlanner::Check), made before storing, so that an
    /// applied configuration can also be put in force.
    void onCheck(ConfigPlanner::Check check) { planner_.setCheck(std::move(check)); }

    /// Called with each second's sample: fills Revision.before and .after, and evaluates guarded revisions.
    void addSample(std::int64_t timeMs, const std::map<std::string, double>& values);

private:
    struct Job {
        v1::ApplyConfigRequest request;
        Done done;
    };
    ConfigStore(Strand strand, const Clock& clock, EventLog& eventLog, Options options);
    Status load();
    void report(const Status& status);
    Status appendFirst();
    Status adoptFile(const config::Config& applied);
    void appendNow(const config::Config& stored, v1::Author author, const std::string& comment);
    void recordInterruptedGuard();

    void startNext();
    void start(Job job);
    void commit(Job job, ConfigPlan plan);
    void committed(const Job& job, const ConfigPlan& plan, StoredRevision stored, const Status& status);
    void logChange(const v1::Revision& revision);
    void keepMeasured(const RevisionImpact::Result& result);
    void followGuard();
    void keepOutcome(std::uint64_t revision, v1::GuardOutcome outcome, const Sentence& why);
    void announce(const RevisionImpact::Verdict& verdict);
    void takeBack(const RevisionImpact::Verdict& verdict);
    void checkDisk(std::int64_t nowMs);

    Strand strand_;
    const Clock& clock_;
    EventLog& eventLog_;
    const Options options_;
    ConfigPlanner planner_;

    // disk thread only, after open()
    std::unique_ptr<StateFolder> folder_;
    RevisionFile* file_ = nullptr;  // folder_'s

    Listener listener_;

    // strand_ only
    config::Config stored_;                 // applied, sparse, without the overrides
    config::Config current_;                // in force, effective
    std::deque<StoredRevision> revisions_;  // oldest first, never empty
    std::deque<Job> waiting_;
    bool busy_ = false;
    RevisionImpact impact_;
    v1::GuardedApply guard_;
    bool diskLost_ = false;
    bool fileRemoved_ = false;
    bool checking_ = false;
    std::int64_t diskTriedMs_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    std::unique_ptr<WorkThread> disk_;  // last: destroyed first, completing its work
};

}  // namespace millrace::control
