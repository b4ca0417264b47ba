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
#include "control/state_lock.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::control {

class WorkThread;

/// Which configuration is in force, how it came to be so, and how it changes.
///
/// In force is what was applied last, and over it the environment and the flags, which are never stored. A file that
/// has changed since it was last read wins over what was applied, once, as a separate revision (author FILE).
///
///     auto store = ConfigStore::open(strand, clock, eventLog, options);
///     store->onChange([](const auto& before, const auto& after, auto revision) { … });
///     store->apply(request, [](StatusOr<v1::ApplyConfigReply> reply) { … });
///
/// Owner:  Engine.   Thread: the strand, every method; open() before it runs. Disk work has its own thread.
/// Bound:  kWaitingMax changes wait for the one that is being written; RevisionFile::kRevisionsMax revisions.
/// Errors: a configuration with problems changes nothing; one that cannot be stored is not put in force. A state folder
///         that cannot be written, or is damaged, is an event, no error of open(): what can be read is in force.
/// Stop:   the destructor finishes what is being written; replies that are still owed get Unavailable.
class ConfigStore {
public:
    struct Options {
        std::string stateDir;                     ///< made when missing, 0700; one engine at a time
        config::Config file;                      ///< as readFile() read it; empty: there is none
        std::vector<config::Override> overrides;  ///< fromEnvironment(), then fromFlag(): later ones win
        std::string filePath = {};                ///< of the file, for words
        bool fileMissing = false;                 ///< there is no such file: what an earlier one said stays in force
        FileHealth* health = nullptr;             ///< of millrace.db; may be null
        /// What revision 1 begins with where there is neither a file nor anything applied before. Stored, so that it
        /// can be changed as every applied setting; no later start looks at it.
        std::vector<config::Override> firstStart = {};
        /// Gets lines for the operator while open() waits for an engine that is stopping; may be empty.
        std::function<void(const std::string&)> notify = {};
    };
    static constexpr std::size_t kWaitingMax = 64;

    /// `eventLog` hears config_applied, and of guarded ones config_kept, config_reverted, config_not_reverted or
    /// config_not_judged.
    static StatusOr<std::unique_ptr<ConfigStore>> open(Strand strand, const Clock& clock, EventLog& eventLog,
                                                       Options options);
    ~ConfigStore();

    /// The engine is stopping, and its requests may finish until `drained`: one that starts meanwhile waits.
    void noteStopping(TimePoint drained) { lock_.noteStopping(drained); }

    /// In force, every setting filled in.
    const config::Config& current() const { return current_; }
    std::uint64_t revision() const { return revisions_.back().revision.revision(); }

    v1::ConfigState state() const;
    v1::ValidateConfigReply validate(const config::Config& wanted) const;
    /// The guarded revision that is being judged, else the last one that was since the start; revision 0: none.
    const v1::GuardedApply& guard() const { return guard_; }
    /// Newest first; 0: all.
    v1::Revisions list(std::uint32_t most) const;

    using Done = std::function<void(StatusOr<v1::ApplyConfigReply>)>;
    /// `applied` only when there is a new revision: unchanged, dry run, problems and conflicts leave it false.
    void apply(v1::ApplyConfigRequest request, Done done);
    /// A new revision with the configuration of an old one. NotFound: it is not kept.
    void rollback(const v1::RollbackRequest& request, Done done);

    /// Runs on the strand when another configuration is in force, before the reply goes out.
    using Listener =
        std::function<void(const config::Config& before, const config::Config& after, std::uint64_t revision)>;
    void onChange(Listener listener) { listener_ = std::move(listener); }
    /// What is wrong with a valid configuration here and now, such as a variable that does not hold a key: asked before
    /// it is stored, so that what was answered "applied" can be put in force.
    void onCheck(ConfigPlanner::Check check) { planner_.setCheck(std::move(check)); }

    /// The figures of a second; fills Revision.before and .after, and judges guarded revisions.
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
    void retryDisk(std::int64_t nowMs);

    Strand strand_;
    const Clock& clock_;
    EventLog& eventLog_;
    const Options options_;
    ConfigPlanner planner_;
    StateLock lock_;                      // of the state folder; before what uses it
    std::unique_ptr<RevisionFile> file_;  // disk_ only, once open() is done
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
    std::int64_t diskTriedMs_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    std::unique_ptr<WorkThread> disk_;  // last: finishes its work first
};

}  // namespace millrace::control
