// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "control/revisions.h"
#include "control/state_lock.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace millrace::control {

/// The state folder as the configuration needs it: its lock, and the file of the revisions. It may be removed while the
/// engine runs; then it is made anew, unless another engine has taken it.
///
///     auto folder = StateFolder::open(stateDir, notify);
///     const Status kept = folder->append(revision);
///     const Status usable = folder->check(lost, removed ? &allRevisions : nullptr);    // every few seconds
///
/// Owner: ConfigStore. Thread: one at a time; every method waits for the disk.
/// Errors: Unavailable, with a sentence for the operator.
class StateFolder {
public:
    /// As StateLock::take() and RevisionFile::open().
    static StatusOr<std::unique_ptr<StateFolder>> open(std::string path,
                                                       const std::function<void(const std::string&)>& notify);

    RevisionFile& file() { return *file_; }
    /// Nothing is written to a folder that is another engine's.
    Status append(const StoredRevision& revision) { return ours_.ok() ? file_->append(revision) : ours_; }
    /// Whether it can be written, and takes the lock anew where it was removed. `lost`: the latest write failed, so
    /// that one is tried. `restored`: all revisions, for a file that was removed; else null.
    Status check(bool lost, const std::deque<StoredRevision>* restored);
    bool isRemoved() const { return file_->isRemoved(); }
    /// The engine is stopping: see StateLock::noteStopping().
    void noteStopping(TimePoint drained) { lock_.noteStopping(drained); }

private:
    StateFolder(std::string path, StateLock lock, std::unique_ptr<RevisionFile> file)
        : path_(std::move(path)), lock_(std::move(lock)), file_(std::move(file))
    {}

    const std::string path_;
    StateLock lock_;  // before its user
    std::unique_ptr<RevisionFile> file_;
    Status ours_;  // as the latest check() found it
};

}  // namespace millrace::control
