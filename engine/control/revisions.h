// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"

#include <SQLiteCpp/Database.h>

#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace millrace::control {

struct StoredRevision {
    v1::Revision revision;
    std::string configJson;
};

/// The revisions in <state-dir>/millrace.db. A revision that append() has written survives kill -9 and a power cut.
///
/// Thread: one at a time.   Bound: kRevisionsMax, older ones are forgotten.
/// Errors: a Status that names the file; nothing is half written. A disk that is full or read-only is no error of
///         open(): what is there is read, writable() says why nothing is written, and each write tries again. A damaged
///         file is set aside and a new one begun.
class RevisionFile {
public:
    static constexpr std::size_t kRevisionsMax = 1000;

    /// Unavailable: the file is there but may not be read, or is held by somebody else, or is a newer version's: to
    /// start without it would change the configuration.
    static StatusOr<std::unique_ptr<RevisionFile>> open(const std::string& path);

    /// As they were when it was opened, oldest first.
    std::deque<StoredRevision> takeRevisions() { return std::move(revisions_); }
    /// What the configuration file said when it was last read; empty: never.
    const std::string& fileSeen() const { return fileSeen_; }
    /// OK, or why the last attempt to write failed.
    const Status& writable() const { return writable_; }
    /// Where a damaged file was moved to, and what was wrong with it; empty: it was fine.
    const std::string& setAside() const { return setAside_; }
    const std::string& damage() const { return damage_; }

    Status append(const StoredRevision& stored);
    /// What must not wait for a disk that can be written: kept, and written before whatever comes next.
    void owe(StoredRevision stored) { owed_.push_back(std::move(stored)); }
    void oweFileSeen(std::string json) { owedSeen_ = std::move(json); }
    bool owes() const { return !owed_.empty() || owedSeen_.has_value(); }
    /// Writes what is owed, or only tries whether writing works.
    Status settle();
    /// Figures of a revision that is there already.
    Status measure(const v1::Revision& revision);

private:
    explicit RevisionFile(std::string path) : path_(std::move(path)) {}
    void openNow();
    void read();
    void insert(const StoredRevision& stored);
    void payDebts();
    Status unusable(const std::exception& error) const;
    template <typename Work>
    Status write(Work&& work);

    const std::string path_;
    std::unique_ptr<SQLite::Database> database_;  // none: nothing could be opened
    Status writable_;
    std::string setAside_;
    std::string damage_;
    std::deque<StoredRevision> revisions_;
    std::string fileSeen_;
    std::deque<StoredRevision> owed_;
    std::optional<std::string> owedSeen_;
};

}  // namespace millrace::control
