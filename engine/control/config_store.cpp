// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_store.h"

#include "base/text.h"
#include "control/author.h"
#include "control/change_sentence.h"
#include "control/config_messages.h"
#include "phrases.h"
#include "telemetry/sentence_message.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdlib>

namespace millrace::control {

ConfigStore::ConfigStore(Strand strand, const Clock& clock, EventLog& eventLog, Options options)
    : strand_(strand), clock_(clock), eventLog_(eventLog), options_(std::move(options)), planner_(options_.overrides)
{}

ConfigStore::~ConfigStore()
{
    if (const auto open = impact_.pendingEvaluation(); open != 0)
        announce(
            {open, RevisionImpact::Verdict::Kind::NotJudged, "the engine was stopped before the evaluation ended"});
    disk_.reset();
    *alive_ = false;
    for (auto& job : waiting_) job.done(unavailable("the engine is stopping"));
}

StatusOr<std::unique_ptr<ConfigStore>> ConfigStore::open(Strand strand, const Clock& clock, EventLog& eventLog,
                                                         Options options)
{
    std::unique_ptr<ConfigStore> store(new ConfigStore(strand, clock, eventLog, std::move(options)));
    Status status = store->load();
    if (!status.ok()) return status;
    store->disk_ = std::make_unique<WorkThread>();
    return store;
}

void ConfigStore::report(const Status& status)
{
    diskLost_ = !status.ok();
    if (options_.health) options_.health->report(status);
}

Status ConfigStore::load()
{
    const auto fileProblems = config::validate(options_.file);
    if (!fileProblems.empty()) return statusOf("the configuration file is not valid", fileProblems);
    auto folder = StateFolder::open(options_.stateDir, options_.notify);
    if (!folder.ok()) return folder.status();
    folder_ = *std::move(folder);
    file_ = &folder_->file();
    revisions_ = file_->takeRevisions();
    if (!file_->setAside().empty() && options_.health) options_.health->setAside(file_->setAside(), file_->damage());

    if (revisions_.empty()) {
        if (const Status status = appendFirst(); !status.ok()) return status;
        if (!options_.fileMissing) file_->oweFileSeen(config::toJson(config::sparse(options_.file)));
    } else {
        auto applied = config::parseJson(revisions_.back().configJson);
        if (!applied.ok())
            return invalidArgument("revision " + std::to_string(revision()) + " in " + options_.stateDir +
                                   "/millrace.db cannot be read: " + text(applied.status()));
        stored_ = std::move(*applied);
        recordInterruptedGuard();
        if (const Status status = adoptFile(stored_); !status.ok()) return status;
    }
    report(file_->owes() ? file_->settle() : file_->writable());
    auto inForce = planner_.withOverrides(stored_);
    if (!inForce.ok()) return inForce.status();
    const auto problems = config::validate(*inForce);
    if (!problems.empty()) return statusOf("the configuration is not valid", problems);
    current_ = config::effective(*inForce);
    return absl::OkStatus();
}

Status ConfigStore::appendFirst()
{
    config::Config first = options_.file;
    const bool fromFlag = options_.fileMissing && !options_.firstStart.empty();
    if (fromFlag) {
        const auto status = config::apply(first, options_.firstStart);
        if (!status.ok()) return status;
    }
    appendNow(config::sparse(first), fromFlag ? v1::AUTHOR_FLAG : v1::AUTHOR_FILE,
              fromFlag ? "first start, with --first-start" : "first start");
    return absl::OkStatus();
}

Status ConfigStore::adoptFile(const config::Config& applied)
{
    const std::string fileJson = config::toJson(config::sparse(options_.file));
    const std::string& seen = file_->fileSeen();
    if (seen == fileJson) return absl::OkStatus();
    const auto before = config::parseJson(seen);
    if (options_.fileMissing) {
        // A file that is gone is rather a mount that is missing than a wish to have every default.
        if (before.ok() && seen != config::toJson({}))
            eventLog_.append(Severity::Warning, "config_file_missing", "configuration",
                             say(Phrase::RevisionFileMissing, options_.filePath));
        return absl::OkStatus();
    }
    const auto wanted = config::sparse(mergeFile(applied, before.value_or(config::Config()), options_.file));
    if (!config::diff(applied, wanted).empty()) {
        const auto problems = config::validate(wanted);
        if (!problems.empty())
            return statusOf("the configuration file conflicts with settings that were applied before", problems);
        appendNow(wanted, v1::AUTHOR_FILE, "the configuration file has changed");
    }
    file_->oweFileSeen(fileJson);
    return absl::OkStatus();
}

void ConfigStore::appendNow(const config::Config& stored, v1::Author author, const std::string& comment)
{
    StoredRevision next;
    next.revision.set_revision(revisions_.empty() ? 1 : revision() + 1);
    next.revision.set_time_ms(clock_.unixMs());
    next.revision.set_author(author);
    next.revision.set_comment(comment);
    for (const auto& change : config::diff(stored_, stored)) *next.revision.add_changes() = message(change);
    next.configJson = config::toJson(stored);
    file_->owe(next);
    stored_ = stored;
    revisions_.push_back(std::move(next));
}

/// The engine was killed while a guarded revision was being measured.
void ConfigStore::recordInterruptedGuard()
{
    auto& last = revisions_.back().revision;
    if (last.outcome() != v1::GUARD_OUTCOME_MEASURING) return;
    last.set_outcome(v1::GUARD_OUTCOME_NOT_JUDGED);
    const Sentence why = say(Phrase::GuardEngineExited);
    last.set_verdict(why.english());
    *last.mutable_verdict_words() = telemetry::message(why);
    eventLog_.append(Severity::Warning, "config_not_judged", "configuration",
                     say(Phrase::RevisionNotJudged, last.revision(), why));
    if (file_->writable().ok()) (void)file_->measure(last);
}

v1::ConfigState ConfigStore::state() const
{
    v1::ConfigState state;
    state.set_revision(revision());
    *state.mutable_config() = config::sparse(current_);
    *state.mutable_effective() = current_;
    const config::Config plain;
    auto& sources = *state.mutable_sources();
    for (const auto& path : config::paths(current_)) {
        const std::string value = valueAt(stored_, path);
        const bool fromFile = config::isSet(options_.file, path) && valueAt(options_.file, path) == value;
        sources[path] = fromFile                        ? v1::VALUE_SOURCE_FILE
                        : value == valueAt(plain, path) ? v1::VALUE_SOURCE_DEFAULT
                                                        : v1::VALUE_SOURCE_APPLIED;
    }
    for (const auto& entry : options_.overrides)
        sources[entry.path] =
            entry.source == config::Override::Source::Flag ? v1::VALUE_SOURCE_FLAG : v1::VALUE_SOURCE_ENVIRONMENT;
    return state;
}

v1::ValidateConfigReply ConfigStore::validate(const config::Config& wanted) const
{
    const ConfigPlan planned = planner_.plan({stored_, current_}, wanted, {});
    v1::ValidateConfigReply reply;
    for (const auto& problem : planned.problems) *reply.add_problems() = message(problem);
    for (const auto& change : planned.changes) *reply.add_changes() = message(change);
    return reply;
}

v1::Revisions ConfigStore::list(std::uint32_t most) const
{
    v1::Revisions out;
    for (auto entry = revisions_.rbegin(); entry != revisions_.rend(); ++entry) {
        if (most != 0 && out.revisions_size() == static_cast<int>(std::min<std::uint32_t>(most, INT32_MAX))) break;
        *out.add_revisions() = entry->revision;
    }
    return out;
}

void ConfigStore::apply(v1::ApplyConfigRequest request, Done done)
{
    MR_ON_STRAND(strand_);
    if (waiting_.size() >= kWaitingMax) {
        done(resourceExhausted(std::to_string(kWaitingMax) + " configuration changes are already waiting"));
        return;
    }
    waiting_.push_back({std::move(request), std::move(done)});
    startNext();
}

void ConfigStore::rollback(const v1::RollbackRequest& request, Done done)
{
    MR_ON_STRAND(strand_);
    const auto found = std::find_if(revisions_.begin(), revisions_.end(),
                                    [&](const auto& entry) { return entry.revision.revision() == request.revision(); });
    if (found == revisions_.end()) {
        done(notFound("unknown revision " + std::to_string(request.revision()) + "; available are " +
                      std::to_string(revisions_.front().revision.revision()) + " – " + std::to_string(revision())));
        return;
    }
    auto old = config::parseJson(found->configJson);
    if (!old.ok()) {
        done(old.status());
        return;
    }
    v1::ApplyConfigRequest wanted;
    *wanted.mutable_config() = std::move(*old);
    wanted.set_author(request.author());
    wanted.set_comment("rolled back to revision " + std::to_string(request.revision()));
    apply(std::move(wanted), std::move(done));
}

void ConfigStore::startNext()
{
    while (!busy_ && !waiting_.empty()) {
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        start(std::move(job));
    }
}

void ConfigStore::start(Job job)
{
    v1::ApplyConfigReply reply;
    reply.set_revision(revision());
    if (job.request.base_revision() != 0 && job.request.base_revision() != revision()) {
        reply.set_conflict(true);
        job.done(std::move(reply));
        return;
    }
    ConfigPlan planned = planner_.plan({stored_, current_}, job.request);
    for (const auto& problem : planned.problems) *reply.add_problems() = message(problem);
    for (const auto& change : planned.changes) *reply.add_changes() = message(change);
    if (!planned.problems.empty() || planned.changes.empty() || job.request.dry_run()) {
        job.done(std::move(reply));
        return;
    }
    commit(std::move(job), std::move(planned));
}

void ConfigStore::commit(Job job, ConfigPlan planned)
{
    busy_ = true;
    StoredRevision next;
    next.revision.set_revision(revision() + 1);
    next.revision.set_time_ms(clock_.unixMs());
    const v1::Author author = job.request.author();
    next.revision.set_author(v1::Author_IsValid(author) ? author : v1::AUTHOR_UNSPECIFIED);  // a newer program's
    next.revision.set_comment(washed(job.request.comment(), kSentenceBytesMax));
    for (const auto& change : planned.changes) *next.revision.add_changes() = message(change);
    next.revision.set_guarded(job.request.guarded());
    if (job.request.guarded()) next.revision.set_outcome(v1::GUARD_OUTCOME_MEASURING);
    for (const auto& [name, value] : impact_.before(next.revision.time_ms()))
        (*next.revision.mutable_before())[name] = value;
    next.configJson = config::toJson(planned.stored);

    struct Commit {
        Job job;
        ConfigPlan plan;
        StoredRevision next;
        Status status;
    };
    auto commit = std::make_shared<Commit>(Commit{std::move(job), std::move(planned), std::move(next), {}});
    const bool posted = disk_->post([this, commit, alive = alive_] {
        commit->status = folder_->append(commit->next);
        boost::asio::post(strand_, [this, commit, alive] {
            if (*alive)
                committed(commit->job, commit->plan, std::move(commit->next), commit->status);
            else
                commit->job.done(unavailable("the engine is stopping"));
        });
    });
    if (!posted) committed(commit->job, commit->plan, std::move(commit->next), unavailable("the disk is too slow"));
}

void ConfigStore::committed(const Job& job, const ConfigPlan& planned, StoredRevision stored, const Status& status)
{
    busy_ = false;
    report(status);
    if (!status.ok()) {
        job.done(unavailable("nothing was changed: " + text(status)));
        startNext();
        return;
    }
    // Only what is in force is measured: a change that was refused leaves the open one alone.
    const auto begun = impact_.begin(stored.revision.revision(), stored.revision.time_ms(), stored.revision.guarded());
    if (begun.ended) keepMeasured(*begun.ended);
    if (begun.judged) announce(*begun.judged);
    const config::Config before = std::exchange(current_, config::effective(planned.inForce));
    stored_ = planned.stored;
    v1::ApplyConfigReply reply;
    reply.set_applied(true);
    reply.set_revision(stored.revision.revision());
    *reply.mutable_changes() = stored.revision.changes();
    revisions_.push_back(std::move(stored));
    if (revisions_.size() > RevisionFile::kRevisionsMax) revisions_.pop_front();
    if (revisions_.back().revision.guarded()) {
        guard_.Clear();
        guard_.set_outcome(v1::GUARD_OUTCOME_MEASURING);
        followGuard();
    }
    logChange(revisions_.back().revision);
    if (listener_) listener_(before, current_, revision());
    job.done(std::move(reply));
    startNext();
}

void ConfigStore::logChange(const v1::Revision& revision)
{
    eventLog_.append(Severity::Notice, "config_applied",
                     revision.changes_size() == 1 ? revision.changes(0).path() : "configuration",
                     changeSentence(revision));
}

void ConfigStore::keepMeasured(const RevisionImpact::Result& result)
{
    for (auto& entry : revisions_) {
        if (entry.revision.revision() != result.revision || result.after.empty()) continue;
        for (const auto& [name, value] : result.after) (*entry.revision.mutable_after())[name] = value;
        for (const auto& [name, value] : result.noise) (*entry.revision.mutable_noise())[name] = value;
        // Figures do not crowd out changes: what the queue cannot take is not kept on disk.
        if (disk_) (void)disk_->post([this, revision = entry.revision] { (void)file_->measure(revision); });
    }
}

/// The figures of the guarded revision so far.
void ConfigStore::followGuard()
{
    const auto progress = impact_.progress();
    if (!progress) return;
    guard_.set_revision(progress->revision);
    guard_.set_began_ms(progress->beganMs);
    guard_.set_judged_ms(progress->judgedMs);
    guard_.set_judged_latest_ms(progress->latestMs);
    guard_.set_requests_before(progress->requestsBefore);
    guard_.set_requests_after(progress->requestsAfter);
    guard_.set_requests_needed(RevisionImpact::kRequestsNeeded);
    *guard_.mutable_before() = {progress->before.begin(), progress->before.end()};
    *guard_.mutable_after() = {progress->after.begin(), progress->after.end()};
}

void ConfigStore::keepOutcome(std::uint64_t number, v1::GuardOutcome outcome, const Sentence& why)
{
    if (guard_.revision() == number) {
        guard_.set_outcome(outcome);
        guard_.set_judged_ms(clock_.unixMs());
        guard_.set_reason(why.english());
        *guard_.mutable_reason_words() = telemetry::message(why);
    }
    for (auto& entry : revisions_) {
        if (entry.revision.revision() != number) continue;
        entry.revision.set_outcome(outcome);
        entry.revision.set_verdict(why.english());
        *entry.revision.mutable_verdict_words() = telemetry::message(why);
        if (disk_) (void)disk_->post([this, revision = entry.revision] { (void)file_->measure(revision); });
    }
}

/// A verdict that changes nothing, and why. What is worse at its time goes to takeBack() instead.
void ConfigStore::announce(const RevisionImpact::Verdict& verdict)
{
    using Kind = RevisionImpact::Verdict::Kind;
    const std::uint64_t number = verdict.revision;
    switch (verdict.kind) {
        case Kind::Kept:
            eventLog_.append(Severity::Info, "config_kept", "configuration",
                             say(Phrase::RevisionKept, number, verdict.why));
            keepOutcome(verdict.revision, v1::GUARD_OUTCOME_KEPT, verdict.why);
            return;
        case Kind::Worse:
            eventLog_.append(Severity::Warning, "config_not_reverted", "configuration",
                             say(Phrase::RevisionNotReverted, number, verdict.why, number - 1));
            keepOutcome(verdict.revision, v1::GUARD_OUTCOME_NOT_REVERTED, verdict.why);
            return;
        case Kind::NotJudged:
            eventLog_.append(Severity::Warning, "config_not_judged", "configuration",
                             say(Phrase::RevisionNotJudged, number, verdict.why));
            keepOutcome(verdict.revision, v1::GUARD_OUTCOME_NOT_JUDGED, verdict.why);
            return;
    }
}

void ConfigStore::takeBack(const RevisionImpact::Verdict& verdict)
{
    const auto failed = [this, number = verdict.revision](const Sentence& why) {
        eventLog_.append(Severity::Warning, "config_not_reverted", "configuration",
                         say(Phrase::RevisionNotRevertible, number, why));
        keepOutcome(number, v1::GUARD_OUTCOME_NOT_REVERTED, why);
    };
    if (revisions_.size() < 2) return failed(say(Phrase::GuardNoPrevious));
    auto before = config::parseJson(revisions_[revisions_.size() - 2].configJson);
    if (!before.ok()) return failed(text(before.status()));
    eventLog_.append(Severity::Warning, "config_reverted", "configuration",
                     say(Phrase::RevisionReverted, verdict.revision, verdict.why));
    v1::ApplyConfigRequest request;
    *request.mutable_config() = std::move(*before);
    request.set_base_revision(verdict.revision);
    request.set_author(v1::AUTHOR_GUARD);
    request.set_comment("revision " + std::to_string(verdict.revision) + " made it worse: " + verdict.why.english());
    apply(std::move(request),
          [this, failed, number = verdict.revision, why = verdict.why](const StatusOr<v1::ApplyConfigReply>& reply) {
              if (!reply.ok()) return failed(text(reply.status()));
              if (reply->conflict()) return failed("revision " + std::to_string(reply->revision()) + " came before");
              if (reply->problems_size() != 0)
                  return failed(reply->problems(0).path() + ' ' + reply->problems(0).message());
              keepOutcome(number, v1::GUARD_OUTCOME_REVERTED, why);
          });
}

void ConfigStore::addSample(std::int64_t timeMs, const std::map<std::string, double>& values)
{
    MR_ON_STRAND(strand_);
    checkDisk(timeMs);
    const auto outcome = impact_.add(timeMs, values);
    followGuard();
    if (outcome.measured) keepMeasured(*outcome.measured);
    if (!outcome.judged) return;
    if (outcome.judged->kind == RevisionImpact::Verdict::Kind::Worse)
        takeBack(*outcome.judged);
    else
        announce(*outcome.judged);
}

/// Once in a while, so that it is known when the disk works again, and whether the folder is still ours. Everything is
/// written anew where the folder was removed.
void ConfigStore::checkDisk(std::int64_t nowMs)
{
    constexpr std::int64_t kEveryMs = 5000;
    if (busy_ || checking_ || std::abs(nowMs - diskTriedMs_) < kEveryMs) return;
    diskTriedMs_ = nowMs;
    const auto restored = fileRemoved_ ? std::make_shared<const std::deque<StoredRevision>>(revisions_) : nullptr;
    checking_ = disk_->post([this, alive = alive_, lost = diskLost_, restored] {
        const Status status = folder_->check(lost, restored.get());
        const bool removed = folder_->isRemoved();
        boost::asio::post(strand_, [this, alive, status, removed] {
            if (!*alive) return;
            checking_ = false;
            if (removed && !fileRemoved_) diskTriedMs_ = 0;  // at the next sample, not in five seconds
            fileRemoved_ = removed;
            report(status);
        });
    });
}

}  // namespace millrace::control
